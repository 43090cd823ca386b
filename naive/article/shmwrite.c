/* The article's writer, as it stands there, with all its defects; comments translated. Do not mend.
 * https://www.cnblogs.com/wuyepeng/p/9748889.html */
#include <unistd.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include "shmdata.h"

int main()
{
    int running = 1;
    void *shm = NULL;
    struct shared_use_st *shared = NULL;
    char buffer[BUFSIZ + 1]; /* keeps the text that was typed */
    int shmid;
    /* create the shared memory */
    shmid = shmget((key_t)1234, sizeof(struct shared_use_st), 0666|IPC_CREAT);
    if(shmid == -1)
    {
        fprintf(stderr, "shmget failed\n");
        exit(EXIT_FAILURE);
    }
    /* attach it to the address space of this process */
    shm = shmat(shmid, (void*)0, 0);
    if(shm == (void*)-1)
    {
        fprintf(stderr, "shmat failed\n");
        exit(EXIT_FAILURE);
    }
    printf("Memory attached at %X\n", (int)shm);
    /* set the shared memory up */
    shared = (struct shared_use_st*)shm;
    while(running) /* write into the shared memory */
    {
        /* not read yet: wait for that, no text may be written */
        while(shared->written == 1)
        {
            sleep(1);
            printf("Waiting...\n");
        }
        /* write into the shared memory */
        printf("Enter some text: ");
        fgets(buffer, BUFSIZ, stdin);
        strncpy(shared->text, buffer, TEXT_SZ);
        /* written; the shared memory may be read */
        shared->written = 1;
        /* "end" was typed: leave the loop (and the program) */
        if(strncmp(buffer, "end", 3) == 0)
            running = 0;
    }
    /* detach the shared memory from this process */
    if(shmdt(shm) == -1)
    {
        fprintf(stderr, "shmdt failed\n");
        exit(EXIT_FAILURE);
    }
    sleep(2);
    exit(EXIT_SUCCESS);
}
