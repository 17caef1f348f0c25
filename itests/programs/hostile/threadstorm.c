/* Starts threads until it cannot, at most 2000, then ends them. Right: EAGAIN or 2000 threads. Expected exit code: 0. */
#include "hostile.h"

static volatile int stop;

static void *rest(void *argument) {
    while (!stop) usleep(100000);
    return argument;
}

int main(void) {
    static pthread_t threads[2000];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    int count = 0, error = 0;
    while (count < 2000 && (error = pthread_create(&threads[count], &attributes, rest, NULL)) == 0) count++;
    if (error != 0 && error != EAGAIN) return 1;
    if (count < 100) return 2;
    stop = 1;
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    OUTCOME("threads started and ended");
}
