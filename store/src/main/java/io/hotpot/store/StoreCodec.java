package io.hotpot.store;

import java.util.function.Consumer;

/**
 * Encodes application objects by their type's schema, and the store's own objects by {@link
 * CatalogFormat}.
 */
final class StoreCodec implements ValueCodec {

  private final TypeRegistry types;

  /**
   * @param registrar writes a new schema to the catalog, durably
   */
  StoreCodec(Consumer<byte[]> registrar) {
    this.types = new TypeRegistry(registrar);
  }

  /** A schema found in the catalog when the store was opened. */
  void loadSchema(byte[] schema) {
    types.load(SchemaFormat.read(schema));
  }

  TypeRegistry types() {
    return types;
  }

  @Override
  public byte[] encode(Object value) {
    byte[] payload = types.encode(value);
    if (payload.length > BatchFormat.MAX_PAYLOAD_BYTES) {
      throw new ObjectTooLarge(
          "the encoded "
              + value.getClass().getName()
              + " has "
              + payload.length
              + " bytes, the limit is "
              + BatchFormat.MAX_PAYLOAD_BYTES
              + "; split it into several objects that refer to one another");
    }
    return payload;
  }

  @Override
  public Object decode(byte[] bytes, int offset, int length) {
    return CatalogFormat.isSystem(bytes, offset, length)
        ? CatalogFormat.read(bytes, offset, length)
        : types.decode(bytes, offset, length);
  }

  @Override
  public boolean immutable(Object value) {
    return switch (value) {
      case RootsFormat.Roots r -> true;
      case Catalog.Entry e -> true;
      case CatalogFormat.SchemaBytes s -> true;
      case CatalogFormat.PartitionCounter c -> true;
      default -> types.immutable(value);
    };
  }

  /** A copy that the caller may change. */
  Object copy(Object value) {
    byte[] bytes = types.encode(value);
    return types.decode(bytes, 0, bytes.length);
  }
}
