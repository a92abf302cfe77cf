package io.hotpot.store;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Encodes application objects by their type's schema, and the store's own objects by {@link
 * CatalogFormat}; says which values may be shared.
 *
 * <p>Owns the registry of types, whose lock is held while a new schema is written to the catalog.
 * Thread-safety: all methods from any thread.
 */
final class StoreCodec implements ValueCodec {

  private final Events events;
  private final TypeRegistry types;
  private final ObjectCodec objects;
  private final @Nullable TreeCodec trees;

  /**
   * @param numbers writes a new schema to the catalog, durably
   * @param options whether values are trees, not objects of the application's classes; and the
   *     migrations
   */
  StoreCodec(TypeRegistry.Numbers numbers, HotpotOptions options, Events events) {
    this.events = events;
    this.types = new TypeRegistry(numbers, options.migrations());
    this.objects = new ObjectCodec(types);
    this.trees = options.trees() ? new TreeCodec(types) : null;
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
    Objects.requireNonNull(value, "value");
    byte[] payload = trees != null ? trees.encode(value) : objects.encode(value);
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
    events.decodedObjects.increment();
    if (CatalogFormat.isSystem(bytes, offset, length)) {
      return CatalogFormat.read(bytes, offset, length);
    }
    return trees != null
        ? trees.decode(bytes, offset, length)
        : objects.decode(bytes, offset, length);
  }

  @Override
  public boolean immutable(Object value) {
    return switch (value) {
      case RootsFormat.Roots r -> true;
      case Catalog.Entry e -> true;
      case CatalogFormat.SchemaBytes s -> true;
      case CatalogFormat.PartitionCounter c -> true;
      case CatalogFormat.Promise p -> true;
      // Trees are unmodifiable throughout.
      default -> trees != null || objects.immutable(value);
    };
  }

  /** The value, if the cache may keep it: nothing can change it any more. */
  @Nullable Object shareable(Object value) {
    return trees == null && immutable(value) ? value : null;
  }

  /** What a transaction that has not committed yet reads of its own. */
  Object valueOf(Write write) {
    Object value = write.value;
    return value != null ? value : decode(write.payload, 0, write.payload.length);
  }

  /** A version's value for the application, which may change what it gets. */
  Object handOut(Version version) {
    return version.immutable() ? version.value() : copy(version.value());
  }

  private Object copy(Object value) {
    byte[] bytes = objects.encode(value);
    return objects.decode(bytes, 0, bytes.length);
  }
}
