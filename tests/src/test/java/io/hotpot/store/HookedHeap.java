package io.hotpot.store;

import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;

/**
 * A heap that lets something happen before each write of a register, before each drain, and around
 * each growth.
 */
record HookedHeap(
    Heap heap, Runnable beforeRegister, Runnable beforeDrain, ToIntFunction<IntSupplier> growing)
    implements Heap {

  HookedHeap(Heap heap, Runnable beforeRegister, Runnable beforeDrain) {
    this(heap, beforeRegister, beforeDrain, IntSupplier::getAsInt);
  }

  @Override
  public void register(int number, long value) {
    beforeRegister.run();
    heap.register(number, value);
  }

  @Override
  public HeapInfo info() {
    return heap.info();
  }

  @Override
  public long storeId() {
    return heap.storeId();
  }

  @Override
  public int chunks() {
    return heap.chunks();
  }

  @Override
  public int maxChunks() {
    return heap.maxChunks();
  }

  @Override
  public int grow() {
    return growing.applyAsInt(heap::grow);
  }

  @Override
  public ChunkMemory chunk(int index) {
    return heap.chunk(index);
  }

  @Override
  public long label(int index) {
    return heap.label(index);
  }

  @Override
  public void label(int index, long label) {
    heap.label(index, label);
  }

  @Override
  public long register(int number) {
    return heap.register(number);
  }

  @Override
  public void flush(int index, int offset, int lengthBytes) {
    heap.flush(index, offset, lengthBytes);
  }

  @Override
  public void drain() {
    beforeDrain.run();
    heap.drain();
  }

  @Override
  public boolean hasRefused() {
    return heap.hasRefused();
  }

  @Override
  public void close() {
    heap.close();
  }
}
