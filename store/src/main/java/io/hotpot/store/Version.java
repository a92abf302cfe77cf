package io.hotpot.store;

/**
 * A decoded version of an object, as the cache keeps it.
 *
 * @param objectId of the object
 * @param address of its record
 * @param stamp of the commit that wrote it
 * @param payloadBytes length of its encoded form
 * @param value the decoded object; shared only if immutable
 * @param immutable whether {@code value} may be handed out as it is
 */
record Version(
    long objectId, long address, long stamp, int payloadBytes, Object value, boolean immutable) {}
