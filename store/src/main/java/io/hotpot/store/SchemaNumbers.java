package io.hotpot.store;

import io.hotpot.store.spi.Names;
import org.jspecify.annotations.Nullable;

/**
 * Gives schemas their numbers: counted up and written to the store's own catalog, or, in a cluster,
 * agreed on by all its nodes.
 *
 * <p>Thread-safety: under the registration lock of the type registry.
 */
record SchemaNumbers(CatalogWriter writer, ClusterLink cluster) implements TypeRegistry.Numbers {

  @Override
  public int register(Schema draft, int next) {
    Names names = cluster.names();
    if (names != null) {
      // With the same number, so that what is the same is so byte for byte.
      return names.registerSchema(SchemaFormat.write(draft.numbered(1)));
    }
    writer.addSchema(SchemaFormat.write(draft.numbered(next)));
    return next;
  }

  @Override
  public @Nullable Schema find(int number) {
    Names names = cluster.names();
    return names == null ? null : SchemaFormat.read(names.schema(number)).numbered(number);
  }
}
