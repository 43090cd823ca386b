/* From "Linux下进程通过共享内存通信", https://www.cnblogs.com/wuyepeng/p/9748889.html (see lesson.md). */
#ifndef _SHMDATA_H_HEADER
#define _SHMDATA_H_HEADER

#define TEXT_SZ 2048

struct shared_use_st
{
    int written; /* a flag: non-zero says readable, 0 says writable */
    char text[TEXT_SZ]; /* the text written and to be read */
};

#endif
