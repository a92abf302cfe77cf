package io.hotpot.store;

/**
 * Reads the body of values of one schema. {@link StructCompiler} makes one for a class as it is
 * now; {@link EvolvedStruct} reads what the class was before.
 */
interface StructReader {
  /**
   * @param depth of the value in the whole one
   */
  Object read(ValueReader reader, Decoder in, int depth);
}
