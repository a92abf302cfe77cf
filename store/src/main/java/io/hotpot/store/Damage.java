package io.hotpot.store;

/**
 * A place in the store that fails its checks.
 *
 * @param partition the partition whose log it lies in
 * @param chunk the chunk's index in the heap
 * @param offset in the chunk, bytes
 * @param lengthBytes of the damaged stretch, as far as known
 * @param object the object affected, as {@link Ref#toString} writes it, or "" where that is not
 *     known
 * @param message what is wrong, in one sentence
 */
public record Damage(
    int partition, int chunk, int offset, int lengthBytes, String object, String message) {}
