package io.hotpot.store;

import org.jspecify.annotations.Nullable;

/** Reads constants of an enum, which are stored as their place in the schema's list. */
final class EnumStruct implements StructReader {

  private final Schema schema;
  private final @Nullable Object[] constants;
  private final @Nullable StructReader forMissing;

  /**
   * @param forMissing reads those that the enum has no longer; null if they are refused
   */
  EnumStruct(Schema schema, Class<?> type, @Nullable StructReader forMissing) {
    this.schema = schema;
    this.forMissing = forMissing;
    this.constants = new Object[schema.constants().size()];
    for (Object constant : type.getEnumConstants()) {
      int index = schema.constants().indexOf(((Enum<?>) constant).name());
      if (index >= 0) {
        constants[index] = constant;
      }
    }
  }

  /** Reads the place of a constant in the schema's list. */
  static int index(Schema schema, Decoder in) {
    int index = in.readUnsigned();
    if (index < 0 || index >= schema.constants().size()) {
      throw new CorruptException(
          "a stored enum constant has the number "
              + Integer.toUnsignedString(index)
              + "; "
              + schema.typeName()
              + " has "
              + schema.constants().size());
    }
    return index;
  }

  @Override
  public Object read(ValueReader reader, Decoder in, int depth) {
    int start = in.position();
    int index = index(schema, in);
    Object constant = constants[index];
    if (constant != null) {
      return constant;
    }
    if (forMissing != null) {
      in.back(start);
      return forMissing.read(reader, in, depth);
    }
    throw new TypeMismatch(
        "the constant "
            + schema.constants().get(index)
            + " of "
            + schema.typeName()
            + " is stored but no longer exists; keep it in the enum, or give a migration"
            + " (HotpotOptions.withMigration)");
  }
}
