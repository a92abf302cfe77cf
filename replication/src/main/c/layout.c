/*
 * The layouts that Java takes for granted, and what NativeVerbs (io.hotpot.replication.rdma) asks.
 *
 * DiSNI writes and reads these structs in direct memory by offsets of its own. Each offset and size is held against the
 * headers twice: here by the compiler, and by RdmaLayout in Java when the library is loaded, since the two may come
 * from different builds. The order is RdmaLayout's.
 */
#include "disni.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#define LAYOUT(FIELD)                                         \
  FIELD(sizeof(void *), 8)                                    \
  FIELD(sizeof(struct ibv_send_wr), 128)                      \
  FIELD(offsetof(struct ibv_send_wr, wr_id), 0)               \
  FIELD(offsetof(struct ibv_send_wr, next), 8)                \
  FIELD(offsetof(struct ibv_send_wr, sg_list), 16)            \
  FIELD(offsetof(struct ibv_send_wr, num_sge), 24)            \
  FIELD(offsetof(struct ibv_send_wr, opcode), 28)             \
  FIELD(offsetof(struct ibv_send_wr, send_flags), 32)         \
  FIELD(offsetof(struct ibv_send_wr, imm_data), 36)           \
  FIELD(offsetof(struct ibv_send_wr, wr.rdma.remote_addr), 40) \
  FIELD(offsetof(struct ibv_send_wr, wr.rdma.rkey), 48)       \
  FIELD(sizeof(struct ibv_recv_wr), 32)                       \
  FIELD(offsetof(struct ibv_recv_wr, wr_id), 0)               \
  FIELD(offsetof(struct ibv_recv_wr, next), 8)                \
  FIELD(offsetof(struct ibv_recv_wr, sg_list), 16)            \
  FIELD(offsetof(struct ibv_recv_wr, num_sge), 24)            \
  FIELD(sizeof(struct ibv_sge), 16)                           \
  FIELD(offsetof(struct ibv_sge, addr), 0)                    \
  FIELD(offsetof(struct ibv_sge, length), 8)                  \
  FIELD(offsetof(struct ibv_sge, lkey), 12)                   \
  FIELD(sizeof(struct ibv_wc), 48)                            \
  FIELD(offsetof(struct ibv_wc, wr_id), 0)                    \
  FIELD(offsetof(struct ibv_wc, status), 8)                   \
  FIELD(offsetof(struct ibv_wc, opcode), 12)                  \
  FIELD(offsetof(struct ibv_wc, vendor_err), 16)              \
  FIELD(offsetof(struct ibv_wc, byte_len), 20)                \
  FIELD(offsetof(struct ibv_wc, imm_data), 24)                \
  FIELD(offsetof(struct ibv_wc, qp_num), 28)                  \
  FIELD(offsetof(struct ibv_wc, src_qp), 32)                  \
  FIELD(offsetof(struct ibv_wc, wc_flags), 36)                \
  FIELD(offsetof(struct ibv_wc, pkey_index), 40)              \
  FIELD(offsetof(struct ibv_wc, slid), 42)                    \
  FIELD(offsetof(struct ibv_wc, sl), 44)                      \
  FIELD(offsetof(struct ibv_wc, dlid_path_bits), 45)          \
  FIELD(sizeof(struct sockaddr_in), 16)                       \
  FIELD(offsetof(struct sockaddr_in, sin_family), 0)          \
  FIELD(offsetof(struct sockaddr_in, sin_port), 2)            \
  FIELD(offsetof(struct sockaddr_in, sin_addr), 4)

#define AGREES(actual, expected) _Static_assert((actual) == (expected), #actual " is not " #expected);
LAYOUT(AGREES)

#define ACTUAL(actual, expected) (jint)(actual),
static const jint layout[] = {LAYOUT(ACTUAL)};

/* Sizes and offsets as this library was compiled with. */
JNIEXPORT jintArray JNICALL Java_io_hotpot_replication_rdma_NativeVerbs_layout(JNIEnv *env, jclass verbs) {
  UNUSED(verbs);
  jsize count = (jsize)(sizeof layout / sizeof *layout);
  jintArray result = (*env)->NewIntArray(env, count);
  if (result != NULL) {
    (*env)->SetIntArrayRegion(env, result, 0, count, layout);
  }
  return result;
}

/* The names of all RDMA devices, none where the kernel knows no RDMA. */
JNIEXPORT jobjectArray JNICALL Java_io_hotpot_replication_rdma_NativeVerbs_deviceNames(JNIEnv *env, jclass verbs) {
  UNUSED(verbs);
  int count = 0;
  struct ibv_device **devices = ibv_get_device_list(&count);
  if (devices == NULL && errno != ENOSYS) {
    throw_io(env, "ibv_get_device_list", errno);
    return NULL;
  }
  jclass string = (*env)->FindClass(env, "java/lang/String");
  jobjectArray names = string == NULL ? NULL : (*env)->NewObjectArray(env, count, string, NULL);
  for (int i = 0; names != NULL && i < count; i++) {
    jstring name = (*env)->NewStringUTF(env, ibv_get_device_name(devices[i]));
    if (name == NULL) {
      names = NULL;
    } else {
      (*env)->SetObjectArrayElement(env, names, i, name);
      (*env)->DeleteLocalRef(env, name);
    }
  }
  if (devices != NULL) {
    ibv_free_device_list(devices);
  }
  return names;
}

/* ---- What DiSNI itself asks; it takes over what differs, but not for all fields ---- */

/* The version that disni 2.1 insists on. */
DISPATCHER(jint, getVersion) {
  UNUSED(env);
  UNUSED(dispatcher);
  return 32;
}

DISPATCHER(jint, getSockAddrInSize) {
  UNUSED(env);
  UNUSED(dispatcher);
  return sizeof(struct sockaddr_in);
}

DISPATCHER(jint, getIbvRecvWRSize) {
  UNUSED(env);
  UNUSED(dispatcher);
  return sizeof(struct ibv_recv_wr);
}

DISPATCHER(jint, getIbvSendWRSize) {
  UNUSED(env);
  UNUSED(dispatcher);
  return sizeof(struct ibv_send_wr);
}

DISPATCHER(jint, getIbvSgeSize) {
  UNUSED(env);
  UNUSED(dispatcher);
  return sizeof(struct ibv_sge);
}

DISPATCHER(jint, getIbvWCSize) {
  UNUSED(env);
  UNUSED(dispatcher);
  return sizeof(struct ibv_wc);
}

DISPATCHER(jint, getRemoteAddressOffset) {
  UNUSED(env);
  UNUSED(dispatcher);
  return offsetof(struct ibv_send_wr, wr.rdma.remote_addr);
}

DISPATCHER(jint, getRKeyOffset) {
  UNUSED(env);
  UNUSED(dispatcher);
  return offsetof(struct ibv_send_wr, wr.rdma.rkey);
}
