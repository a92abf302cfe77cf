/* NativeDispatcher's connection manager: event channels, ids, addresses, connections. */
#include "disni.h"

#include <netinet/in.h>
#include <string.h>

/* DiSNI passes no limit of scatter and gather elements; every device known has at least so many. */
#define MAX_SGE 4

DISPATCHER(jlong, createEventChannel) {
  UNUSED(dispatcher);
  struct rdma_event_channel *channel = rdma_create_event_channel();
  if (channel == NULL) {
    throw_io(env, "rdma_create_event_channel", errno);
    return NONE;
  }
  if (!set_nonblocking(channel->fd)) {
    int error = errno;
    rdma_destroy_event_channel(channel);
    throw_io(env, "rdma_create_event_channel", error);
    return NONE;
  }
  return HANDLE(channel);
}

DISPATCHER(jint, destroyEventChannel, jlong channel) {
  UNUSED(env);
  UNUSED(dispatcher);
  if (channel == 0) {
    return NONE;
  }
  rdma_destroy_event_channel(POINTER(struct rdma_event_channel, channel));
  return 0;
}

DISPATCHER(jlong, createId, jlong channel, jshort port_space) {
  UNUSED(dispatcher);
  if (!is_open(env, "rdma_create_id", channel)) {
    return NONE;
  }
  struct rdma_cm_id *id;
  if (rdma_create_id(POINTER(struct rdma_event_channel, channel), &id, NULL,
                     (enum rdma_port_space)(uint16_t)port_space) != 0) {
    throw_io(env, "rdma_create_id", errno);
    return NONE;
  }
  return HANDLE(id);
}

DISPATCHER(jint, destroyCmId, jlong id) {
  UNUSED(env);
  UNUSED(dispatcher);
  return id == 0 ? NONE : rdma_destroy_id(POINTER(struct rdma_cm_id, id));
}

DISPATCHER(jint, destroyEp, jlong id) {
  UNUSED(env);
  UNUSED(dispatcher);
  if (id == 0) {
    return NONE;
  }
  rdma_destroy_ep(POINTER(struct rdma_cm_id, id));
  return 0;
}

DISPATCHER(jlong, createQP, jlong id, jlong domain, jlong send_queue, jlong receive_queue, jint type, jint max_send_wr,
           jint max_recv_wr, jint max_inline_bytes) {
  UNUSED(dispatcher);
  if (!is_open(env, "rdma_create_qp", id) || !is_open(env, "rdma_create_qp", domain) ||
      !is_open(env, "rdma_create_qp", send_queue) || !is_open(env, "rdma_create_qp", receive_queue)) {
    return NONE;
  }
  struct ibv_qp_init_attr attributes = {
      .send_cq = POINTER(struct ibv_cq, send_queue),
      .recv_cq = POINTER(struct ibv_cq, receive_queue),
      .qp_type = (enum ibv_qp_type)type,
      .cap = {.max_send_wr = (uint32_t)max_send_wr,
              .max_recv_wr = (uint32_t)max_recv_wr,
              .max_send_sge = MAX_SGE,
              .max_recv_sge = MAX_SGE,
              .max_inline_data = (uint32_t)max_inline_bytes},
  };
  if (rdma_create_qp(POINTER(struct rdma_cm_id, id), POINTER(struct ibv_pd, domain), &attributes) != 0) {
    throw_io(env, "rdma_create_qp", errno);
    return NONE;
  }
  return HANDLE(POINTER(struct rdma_cm_id, id)->qp);
}

DISPATCHER(jint, destroyQP, jlong id) {
  UNUSED(env);
  UNUSED(dispatcher);
  if (id == 0 || POINTER(struct rdma_cm_id, id)->qp == NULL) {
    return NONE;
  }
  rdma_destroy_qp(POINTER(struct rdma_cm_id, id));
  return 0;
}

DISPATCHER(void, bindAddr, jlong id, jlong address) {
  UNUSED(dispatcher);
  if (is_open(env, "rdma_bind_addr", id) && is_open(env, "rdma_bind_addr", address) &&
      rdma_bind_addr(POINTER(struct rdma_cm_id, id), POINTER(struct sockaddr, address)) != 0) {
    throw_io(env, "rdma_bind_addr", errno);
  }
}

DISPATCHER(void, listen, jlong id, jint backlog) {
  UNUSED(dispatcher);
  if (is_open(env, "rdma_listen", id) && rdma_listen(POINTER(struct rdma_cm_id, id), backlog) != 0) {
    throw_io(env, "rdma_listen", errno);
  }
}

/* The source may be null: the route chooses it. */
DISPATCHER(void, resolveAddr, jlong id, jlong source, jlong destination, jint timeout_ms) {
  UNUSED(dispatcher);
  if (is_open(env, "rdma_resolve_addr", id) && is_open(env, "rdma_resolve_addr", destination) &&
      rdma_resolve_addr(POINTER(struct rdma_cm_id, id), POINTER(struct sockaddr, source),
                        POINTER(struct sockaddr, destination), timeout_ms) != 0) {
    throw_io(env, "rdma_resolve_addr", errno);
  }
}

DISPATCHER(void, resolveRoute, jlong id, jint timeout_ms) {
  UNUSED(dispatcher);
  if (is_open(env, "rdma_resolve_route", id) &&
      rdma_resolve_route(POINTER(struct rdma_cm_id, id), timeout_ms) != 0) {
    throw_io(env, "rdma_resolve_route", errno);
  }
}

/*
 * Takes one event: its type, or NONE if none came in time. Writes the ids that it is about to *listening and
 * *connection, NONE where there is none. The event is acknowledged here, since DiSNI keeps nothing else of it: its
 * status and the peer's private data are lost to Java.
 */
DISPATCHER(jint, getCmEvent, jlong channel, jlong listening, jlong connection, jint timeout_ms) {
  UNUSED(env);
  UNUSED(dispatcher);
  struct rdma_event_channel *events = POINTER(struct rdma_event_channel, channel);
  struct rdma_cm_event *event;
  if (events == NULL || !await_readable(events->fd, timeout_ms) || rdma_get_cm_event(events, &event) != 0) {
    return NONE;
  }
  jint type = (jint)event->event;
  *POINTER(int64_t, listening) = event->listen_id == NULL ? NONE : HANDLE(event->listen_id);
  *POINTER(int64_t, connection) = event->id == NULL ? NONE : HANDLE(event->id);
  rdma_ack_cm_event(event);
  return type;
}

/* Acknowledged already. */
DISPATCHER(jint, ackCmEvent, jint event) {
  UNUSED(env);
  UNUSED(dispatcher);
  UNUSED(event);
  return 0;
}

/*
 * Parameters for both ends: as many outstanding reads as the device allows, and the retries that DiSNI was told.
 * False with errno if the id has no device yet, or it does not answer.
 */
static bool describe_connection(struct rdma_cm_id *id, jint retries, jint receiver_retries,
                                struct rdma_conn_param *parameters) {
  struct ibv_device_attr device;
  if (id->verbs == NULL) {
    errno = ENODEV;
    return false;
  }
  int error = ibv_query_device(id->verbs, &device);
  if (error != 0) {
    errno = error;
    return false;
  }
  /* Fields of one byte; the retries have 3 bits, and 7 receiver retries are "for ever". */
  uint8_t reads = device.max_qp_rd_atom > UINT8_MAX ? UINT8_MAX : (uint8_t)device.max_qp_rd_atom;
  *parameters = (struct rdma_conn_param){
      .responder_resources = reads,
      .initiator_depth = reads,
      .retry_count = (uint8_t)retries,
      .rnr_retry_count = (uint8_t)receiver_retries,
  };
  return true;
}

DISPATCHER(void, connect, jlong id, jint retries, jint receiver_retries, jlong private_data, jbyte private_bytes) {
  UNUSED(dispatcher);
  if (!is_open(env, "rdma_connect", id)) {
    return;
  }
  struct rdma_conn_param parameters;
  if (!describe_connection(POINTER(struct rdma_cm_id, id), retries, receiver_retries, &parameters)) {
    throw_io(env, "rdma_connect", errno);
    return;
  }
  parameters.private_data = POINTER(void, private_data);
  parameters.private_data_len = (uint8_t)private_bytes;
  if (rdma_connect(POINTER(struct rdma_cm_id, id), &parameters) != 0) {
    throw_io(env, "rdma_connect", errno);
  }
}

DISPATCHER(void, accept, jlong id, jint retries, jint receiver_retries) {
  UNUSED(dispatcher);
  if (!is_open(env, "rdma_accept", id)) {
    return;
  }
  struct rdma_conn_param parameters;
  if (!describe_connection(POINTER(struct rdma_cm_id, id), retries, receiver_retries, &parameters) ||
      rdma_accept(POINTER(struct rdma_cm_id, id), &parameters) != 0) {
    throw_io(env, "rdma_accept", errno);
  }
}

DISPATCHER(jint, disconnect, jlong id) {
  UNUSED(env);
  UNUSED(dispatcher);
  return id == 0 ? NONE : rdma_disconnect(POINTER(struct rdma_cm_id, id));
}

/* DiSNI reads family, port and address of IPv4, and knows no other. */
static jint copy_address(const struct sockaddr *address, jlong target) {
  if (address == NULL || address->sa_family != AF_INET || target == 0) {
    return NONE;
  }
  memcpy(POINTER(void, target), address, sizeof(struct sockaddr_in));
  return 0;
}

DISPATCHER(jint, getSrcAddr, jlong id, jlong target) {
  UNUSED(env);
  UNUSED(dispatcher);
  return id == 0 ? NONE : copy_address(rdma_get_local_addr(POINTER(struct rdma_cm_id, id)), target);
}

DISPATCHER(jint, getDstAddr, jlong id, jlong target) {
  UNUSED(env);
  UNUSED(dispatcher);
  return id == 0 ? NONE : copy_address(rdma_get_peer_addr(POINTER(struct rdma_cm_id, id)), target);
}

DISPATCHER(jlong, getContext, jlong id) {
  UNUSED(dispatcher);
  if (!is_open(env, "getContext", id)) {
    return NONE;
  }
  /* Bound to no device as long as its address is not resolved, or is the wildcard. */
  struct ibv_context *context = POINTER(struct rdma_cm_id, id)->verbs;
  return context == NULL ? NONE : HANDLE(context);
}
