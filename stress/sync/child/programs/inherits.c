// What the kernel keeps for a process its child has too: System V segments, mapped memory, open
// descriptors, named semaphores. It waits at each for what the child does.
#include <assert.h>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int* const segment = shmat(shmget(IPC_PRIVATE, 64, IPC_CREAT | 0600), NULL, 0);
  sem_t* const named = sem_open("/inherits", O_CREAT, 0600, 0);
  const int memory = shm_open("/inherits", O_CREAT | O_RDWR, 0600);
  int* mapped;
  assert(named != SEM_FAILED && memory >= 0 && ftruncate(memory, 64) == 0);
  if (fork() == 0) {
    mapped = mmap(0, 64, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    *segment = 1;
    *mapped = 2;
    munmap(mapped, 64);
#ifdef GONE
    *mapped = 3;
#endif
    sem_post(named);
    _exit(0);
  }
  mapped = mmap(0, 64, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  sem_wait(named);
  assert(*segment == 1 && *mapped == 2);
  assert(wait(NULL) > 0);
  return 0;
}
