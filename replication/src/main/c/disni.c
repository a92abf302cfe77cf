/* What all natives of DiSNI share: errors and waiting. And NativeAffinity, which has nothing to do with RDMA. */
#include "disni.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void throw_io(JNIEnv *env, const char *what, int error) {
  char reason[96], message[192];
  /* Providers return errno with either sign. */
  error = abs(error);
  snprintf(message, sizeof message, "%s: %s (errno %d)", what, strerror_r(error, reason, sizeof reason), error);
  jclass exception = (*env)->FindClass(env, "java/io/IOException");
  if (exception != NULL) {
    (*env)->ThrowNew(env, exception, message);
  }
}

bool set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

bool await_readable(int descriptor, int timeout_ms) {
  struct pollfd poll_for = {.fd = descriptor, .events = POLLIN};
  int ready;
  do {
    /* A signal of the JVM's own begins the wait anew: DiSNI's loops ask again and again anyway. */
    ready = poll(&poll_for, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 && (poll_for.revents & POLLIN) != 0;
}

/* One bit per processor, the first 64 of them; who asks for others gets none. */
JNIEXPORT void JNICALL Java_com_ibm_disni_util_NativeAffinity__1setAffinity(JNIEnv *env, jclass affinity, jlong mask) {
  UNUSED(env);
  UNUSED(affinity);
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int processor = 0; processor < 64; processor++) {
    if (((uint64_t)mask >> processor & 1) != 0) {
      CPU_SET(processor, &set);
    }
  }
  sched_setaffinity(0, sizeof set, &set);
}

JNIEXPORT jlong JNICALL Java_com_ibm_disni_util_NativeAffinity__1getAffinity(JNIEnv *env, jclass affinity) {
  UNUSED(env);
  UNUSED(affinity);
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) {
    return 0;
  }
  uint64_t mask = 0;
  for (int processor = 0; processor < 64; processor++) {
    if (CPU_ISSET(processor, &set)) {
      mask |= UINT64_C(1) << processor;
    }
  }
  return (jlong)mask;
}
