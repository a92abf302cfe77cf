/* NativeDispatcher's verbs: domains, memory regions, queues and the work posted to them. */
#include "disni.h"

DISPATCHER(jlong, allocPd, jlong context) {
  UNUSED(dispatcher);
  if (!is_open(env, "ibv_alloc_pd", context)) {
    return NONE;
  }
  struct ibv_pd *domain = ibv_alloc_pd(POINTER(struct ibv_context, context));
  if (domain == NULL) {
    throw_io(env, "ibv_alloc_pd", errno);
    return NONE;
  }
  return HANDLE(domain);
}

DISPATCHER(jint, deallocPd, jlong domain) {
  UNUSED(env);
  UNUSED(dispatcher);
  return domain == 0 ? NONE : ibv_dealloc_pd(POINTER(struct ibv_pd, domain));
}

DISPATCHER(jint, getPdHandle, jlong domain) {
  UNUSED(dispatcher);
  return is_open(env, "getPdHandle", domain) ? (jint)POINTER(struct ibv_pd, domain)->handle : NONE;
}

DISPATCHER(jint, getContextFd, jlong context) {
  UNUSED(dispatcher);
  return is_open(env, "getContextFd", context) ? POINTER(struct ibv_context, context)->cmd_fd : NONE;
}

DISPATCHER(jint, getContextNumCompVectors, jlong context) {
  UNUSED(dispatcher);
  return is_open(env, "getContextNumCompVectors", context) ? POINTER(struct ibv_context, context)->num_comp_vectors
                                                               : NONE;
}

/* ---- Memory ---- */

/* The length is at most 4 GiB less one byte, since DiSNI has an int for it. */
DISPATCHER(jlong, regMr, jlong domain, jlong address, jint bytes, jint access, jlong local_key, jlong remote_key,
           jlong handle) {
  UNUSED(dispatcher);
  if (!is_open(env, "ibv_reg_mr", domain)) {
    return NONE;
  }
  struct ibv_mr *region =
      ibv_reg_mr(POINTER(struct ibv_pd, domain), POINTER(void, address), (size_t)(uint32_t)bytes, access);
  if (region == NULL) {
    throw_io(env, "ibv_reg_mr", errno);
    return NONE;
  }
  *POINTER(uint32_t, local_key) = region->lkey;
  *POINTER(uint32_t, remote_key) = region->rkey;
  *POINTER(uint32_t, handle) = region->handle;
  return HANDLE(region);
}

DISPATCHER(void, deregMr, jlong region) {
  UNUSED(dispatcher);
  if (is_open(env, "ibv_dereg_mr", region)) {
    int error = ibv_dereg_mr(POINTER(struct ibv_mr, region));
    if (error != 0) {
      throw_io(env, "ibv_dereg_mr", error);
    }
  }
}

/* What on-demand paging can do for reliable connections (ibv_odp_transport_cap_bits), or NONE. */
DISPATCHER(jint, queryOdpSupport, jlong context) {
  UNUSED(env);
  UNUSED(dispatcher);
  struct ibv_device_attr_ex device;
  if (context == 0 || ibv_query_device_ex(POINTER(struct ibv_context, context), NULL, &device) != 0 ||
      (device.odp_caps.general_caps & IBV_ODP_SUPPORT) == 0) {
    return NONE;
  }
  return (jint)device.odp_caps.per_transport_caps.rc_odp_caps;
}

/* DiSNI means a verb of one vendor's own; ibv_advise_mr has taken its place. */
DISPATCHER(jint, expPrefetchMr, jlong region, jlong address, jint bytes) {
  UNUSED(dispatcher);
  if (!is_open(env, "ibv_advise_mr", region)) {
    return NONE;
  }
  struct ibv_mr *memory = POINTER(struct ibv_mr, region);
  struct ibv_sge range = {.addr = (uint64_t)address, .length = (uint32_t)bytes, .lkey = memory->lkey};
  int error = ibv_advise_mr(memory->pd, IBV_ADVISE_MR_ADVICE_PREFETCH_WRITE, 0, &range, 1);
  if (error != 0) {
    throw_io(env, "ibv_advise_mr", error);
    return NONE;
  }
  return 0;
}

/* ---- Completions ---- */

DISPATCHER(jlong, createCompChannel, jlong context) {
  UNUSED(dispatcher);
  if (!is_open(env, "ibv_create_comp_channel", context)) {
    return NONE;
  }
  struct ibv_comp_channel *channel = ibv_create_comp_channel(POINTER(struct ibv_context, context));
  if (channel == NULL) {
    throw_io(env, "ibv_create_comp_channel", errno);
    return NONE;
  }
  if (!set_nonblocking(channel->fd)) {
    int error = errno;
    ibv_destroy_comp_channel(channel);
    throw_io(env, "ibv_create_comp_channel", error);
    return NONE;
  }
  return HANDLE(channel);
}

DISPATCHER(jint, destroyCompChannel, jlong channel) {
  UNUSED(env);
  UNUSED(dispatcher);
  return channel == 0 ? NONE : ibv_destroy_comp_channel(POINTER(struct ibv_comp_channel, channel));
}

DISPATCHER(jlong, createCQ, jlong context, jlong channel, jint entries, jint vector) {
  UNUSED(dispatcher);
  if (!is_open(env, "ibv_create_cq", context)) {
    return NONE;
  }
  struct ibv_cq *queue = ibv_create_cq(POINTER(struct ibv_context, context), entries, NULL,
                                       POINTER(struct ibv_comp_channel, channel), vector);
  if (queue == NULL) {
    throw_io(env, "ibv_create_cq", errno);
    return NONE;
  }
  return HANDLE(queue);
}

DISPATCHER(jint, destroyCQ, jlong queue) {
  UNUSED(env);
  UNUSED(dispatcher);
  return queue == 0 ? NONE : ibv_destroy_cq(POINTER(struct ibv_cq, queue));
}

/* Takes at most so many completions into an array of ibv_wc: how many, negative if the queue is broken. */
DISPATCHER(jint, pollCQ, jlong queue, jint most, jlong completions) {
  UNUSED(dispatcher);
  if (!is_open(env, "ibv_poll_cq", queue) || !is_open(env, "ibv_poll_cq", completions)) {
    return NONE;
  }
  return ibv_poll_cq(POINTER(struct ibv_cq, queue), most, POINTER(struct ibv_wc, completions));
}

DISPATCHER(jint, reqNotifyCQ, jlong queue, jint solicited_only) {
  UNUSED(dispatcher);
  if (!is_open(env, "ibv_req_notify_cq", queue)) {
    return NONE;
  }
  return ibv_req_notify_cq(POINTER(struct ibv_cq, queue), solicited_only);
}

/* 0 if an event was taken, which _ackCqEvent must acknowledge; NONE if none came in time. */
DISPATCHER(jint, getCqEvent, jlong channel, jint timeout_ms) {
  UNUSED(dispatcher);
  if (!is_open(env, "ibv_get_cq_event", channel)) {
    return NONE;
  }
  struct ibv_comp_channel *events = POINTER(struct ibv_comp_channel, channel);
  struct ibv_cq *queue;
  void *context;
  if (!await_readable(events->fd, timeout_ms)) {
    return NONE;
  }
  return ibv_get_cq_event(events, &queue, &context) == 0 ? 0 : NONE;
}

DISPATCHER(jint, ackCqEvent, jlong queue, jint events) {
  UNUSED(env);
  UNUSED(dispatcher);
  if (queue == 0) {
    return NONE;
  }
  ibv_ack_cq_events(POINTER(struct ibv_cq, queue), (unsigned int)events);
  return 0;
}

/* ---- Work ---- */

DISPATCHER(jint, getQpNum, jlong pair) {
  UNUSED(dispatcher);
  return is_open(env, "getQpNum", pair) ? (jint)POINTER(struct ibv_qp, pair)->qp_num : NONE;
}

/* DiSNI declares this without the attributes to set; the connection manager does what is needed. */
DISPATCHER(jint, modifyQP, jlong pair, jlong attributes) {
  UNUSED(dispatcher);
  UNUSED(pair);
  UNUSED(attributes);
  throw_io(env, "ibv_modify_qp", ENOTSUP);
  return NONE;
}

DISPATCHER(void, postSend, jlong pair, jlong requests) {
  UNUSED(dispatcher);
  if (is_open(env, "ibv_post_send", pair) && is_open(env, "ibv_post_send", requests)) {
    struct ibv_send_wr *refused;
    int error = ibv_post_send(POINTER(struct ibv_qp, pair), POINTER(struct ibv_send_wr, requests), &refused);
    if (error != 0) {
      throw_io(env, "ibv_post_send", error);
    }
  }
}

DISPATCHER(void, postRecv, jlong pair, jlong requests) {
  UNUSED(dispatcher);
  if (is_open(env, "ibv_post_recv", pair) && is_open(env, "ibv_post_recv", requests)) {
    struct ibv_recv_wr *refused;
    int error = ibv_post_recv(POINTER(struct ibv_qp, pair), POINTER(struct ibv_recv_wr, requests), &refused);
    if (error != 0) {
      throw_io(env, "ibv_post_recv", error);
    }
  }
}
