package io.hotpot.store;

/**
 * Writes the body of values of one class: its components in schema order. {@link StructCompiler}
 * makes one for each class; {@link PlainStruct} is for what that cannot take.
 */
interface StructWriter {
  void write(TypeRegistry types, Encoder out, Object value, int depth);
}
