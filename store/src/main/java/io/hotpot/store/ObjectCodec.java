package io.hotpot.store;

import org.jspecify.annotations.Nullable;

/**
 * Turns objects of the application into bytes and back.
 *
 * <p>A value is its {@link ValueTag} and its body; an application type's body is its components in
 * schema order.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class ObjectCodec {

  /** A buffer that grew beyond this is not kept for the next object. */
  private static final int KEPT_BYTES = 1 << 20;

  /** The buffer of one thread; a value that is encoded while another one is gets its own. */
  private static final class Buffer {
    Encoder out = new Encoder();
    boolean busy;
  }

  private final TypeRegistry types;
  private final ValueReader reader;
  private final ThreadLocal<Buffer> buffers = ThreadLocal.withInitial(Buffer::new);

  ObjectCodec(TypeRegistry types) {
    this.types = types;
    this.reader = new ValueReader(types);
  }

  /**
   * @throws TypeMismatch if something in the object cannot be stored; the message says where it is
   * @throws ObjectTooLarge if it is far too large; a little too large it may be
   */
  byte[] encode(Object value) {
    Buffer buffer = buffers.get();
    if (buffer.busy) {
      return encode(new Encoder(), value);
    }
    buffer.busy = true;
    try {
      return encode(buffer.out, value);
    } finally {
      buffer.busy = false;
      if (buffer.out.capacity() > KEPT_BYTES) {
        buffer.out = new Encoder();
      }
    }
  }

  private byte[] encode(Encoder out, Object value) {
    out.clear();
    try {
      TypeRegistry.Writer known = types.knownWriter(value.getClass());
      if (known != null) {
        ValueWriter.struct(known, types, out, value, 0);
      } else {
        ValueWriter.any(types, out, value, 0);
      }
      return out.toBytes();
    } catch (StackOverflowError e) {
      throw new TypeMismatch(
          "the "
              + value.getClass().getName()
              + " is nested too deep for the stack of this thread; put a Ref where objects refer to"
              + " one another",
          e);
    }
  }

  /**
   * @throws CorruptException if the bytes are no value
   * @throws TypeMismatch if a class does not take what is stored
   */
  Object decode(byte[] bytes, int offset, int length) {
    Decoder in = new Decoder(bytes, offset, length);
    try {
      Object value = reader.any(in, 0);
      if (in.remaining() > 0) {
        throw new CorruptException("a stored value has " + in.remaining() + " bytes too many");
      }
      if (value == null) {
        throw new CorruptException("a stored value is null");
      }
      return value;
    } catch (HotpotException e) {
      throw e;
    } catch (RuntimeException e) {
      // Bytes that are no value: a date that there is not, a set with null in it.
      throw new CorruptException("a stored value is damaged: " + e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new TypeMismatch(
          "a stored value is nested too deep for the stack of this thread; read it in one with a"
              + " larger stack",
          e);
    } catch (LinkageError e) {
      throw new TypeMismatch("a class of a stored value cannot be used: " + e, e);
    }
  }

  /** Whether nothing reachable from a value can change. */
  boolean immutable(@Nullable Object value) {
    return value == null || Immutability.of(types, value);
  }
}
