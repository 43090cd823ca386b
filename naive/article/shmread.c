/* The article's reader, as it stands there, with all its defects; comments translated. Do not mend.
 * https://www.cnblogs.com/wuyepeng/p/9748889.html */
#include <unistd.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/shm.h>
#include "shmdata.h"

int main()
{
    int running = 1; /* whether the program goes on */
    void *shm = NULL; /* where the shared memory is attached */
    struct shared_use_st *shared; /* points to shm */
    int shmid; /* identifier of the shared memory */
    /* create the shared memory */
    shmid = shmget((key_t)1234, sizeof(struct shared_use_st), 0666|IPC_CREAT);
    if(shmid == -1)
    {
        fprintf(stderr, "shmget failed\n");
        exit(EXIT_FAILURE);
    }
    /* attach it to the address space of this process */
    shm = shmat(shmid, 0, 0);
    if(shm == (void*)-1)
    {
        fprintf(stderr, "shmat failed\n");
        exit(EXIT_FAILURE);
    }
    printf("\nMemory attached at %X\n", (int)shm);
    /* set the shared memory up */
    shared = (struct shared_use_st*)shm;
    shared->written = 0;
    while(running) /* read what is in the shared memory */
    {
        /* no process is writing, and there is something to read */
        if(shared->written != 0)
        {
            printf("You wrote: %s", shared->text);
            sleep(rand() % 3);
            /* read; written makes the shared memory writable */
            shared->written = 0;
            /* "end" was typed: leave the loop (and the program) */
            if(strncmp(shared->text, "end", 3) == 0)
                running = 0;
        }
        else /* another process is writing, nothing may be read */
            sleep(1);
    }
    /* detach the shared memory from this process */
    if(shmdt(shm) == -1)
    {
        fprintf(stderr, "shmdt failed\n");
        exit(EXIT_FAILURE);
    }
    /* remove the shared memory */
    if(shmctl(shmid, IPC_RMID, 0) == -1)
    {
        fprintf(stderr, "shmctl(IPC_RMID) failed\n");
        exit(EXIT_FAILURE);
    }
    exit(EXIT_SUCCESS);
}
