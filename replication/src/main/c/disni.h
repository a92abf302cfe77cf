/*
 * What all natives of DiSNI share.
 *
 * com.ibm.disni:disni:2.1 declares its natives in NativeDispatcher and NativeAffinity, and its jar holds no library
 * that implements them; this one does, by libibverbs and librdmacm. A Java long carries a pointer: to an object of
 * these libraries, or to direct memory in which DiSNI has laid out a struct by itself (see layout.c).
 *
 * Natives that declare an IOException throw it with the call that failed and its errno; DiSNI looks at the results of
 * the others. They may be called from any thread, as far as the verbs under them may.
 */
#ifndef HOTPOT_DISNI_H
#define HOTPOT_DISNI_H

#define _GNU_SOURCE
#include <errno.h>
#include <infiniband/verbs.h>
#include <jni.h>
#include <rdma/rdma_cma.h>
#include <stdbool.h>
#include <stdint.h>

/* The head of NativeDispatcher._name. */
#define DISPATCHER(type, name, ...)                                                                     \
  JNIEXPORT type JNICALL Java_com_ibm_disni_verbs_impl_NativeDispatcher__1##name(JNIEnv *env,           \
                                                                                 jobject dispatcher __VA_OPT__(,) __VA_ARGS__)

/* For natives that throw nothing, and never look at their object. */
#define UNUSED(variable) (void)(variable)

#define POINTER(type, handle) ((type *)(intptr_t)(handle))
#define HANDLE(pointer) ((jlong)(intptr_t)(pointer))

/* What DiSNI takes for "none": it compares handles and results with 0 or less. */
#define NONE (-1)

/* Makes an IOException pending: what failed, and why. */
void throw_io(JNIEnv *env, const char *what, int error);

/* True unless the handle is 0 (something closed, or never opened): then an IOException is pending. */
static inline bool is_open(JNIEnv *env, const char *what, jlong handle) {
  if (handle == 0) {
    throw_io(env, what, EBADF);
  }
  return handle != 0;
}

/* Makes reads of a file descriptor return at once; false with errno if that fails. */
bool set_nonblocking(int descriptor);

/* Waits until a file descriptor can be read, for ever if timeout_ms is negative: true if it can. */
bool await_readable(int descriptor, int timeout_ms);

#endif
