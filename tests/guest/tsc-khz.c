/* Prints how many thousand times a second this processor's time stamp counter ticks; a guest that must find out for itself
 * on a busy machine may be wrong by half, and all its clocks with it. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* One moment on both clocks: the best of some tries, since the process may be interrupted between the two. */
static void sample(uint64_t *ticks, uint64_t *ns) {
  uint64_t best = UINT64_MAX;
  for (int i = 0; i < 1000; i++) {
    uint64_t before = __rdtsc();
    uint64_t between = now_ns();
    uint64_t after = __rdtsc();
    if (after - before < best) {
      best = after - before;
      *ticks = before + best / 2;
      *ns = between;
    }
  }
}

int main(void) {
  uint64_t first_ticks, first_ns, last_ticks, last_ns;
  sample(&first_ticks, &first_ns);
  nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
  sample(&last_ticks, &last_ns);
  printf("%" PRIu64 "\n", (last_ticks - first_ticks) * 1000000 / (last_ns - first_ns));
}
