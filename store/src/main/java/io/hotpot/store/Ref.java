package io.hotpot.store;

/**
 * A typed persistent pointer: names one object of one store for ever. It may be kept inside other
 * objects.
 *
 * <p>A reference holds no object and keeps none alive. Equal references name the same object.
 * Immutable.
 *
 * @param <T> the object's type
 */
public final class Ref<T> {

  private final long id;

  private Ref(long id) {
    this.id = id;
  }

  static <T> Ref<T> of(long id) {
    return new Ref<>(id);
  }

  /**
   * The reference as a number, for use outside the store: partition 18 bits, generation 16, slot
   * 30.
   */
  public long id() {
    return id;
  }

  /**
   * A reference from the number that {@link #id} gave. Whether it names an object shows when it is
   * used.
   */
  public static <T> Ref<T> fromId(long id) {
    return new Ref<>(id);
  }

  /**
   * Reads the form that {@link #toString} writes.
   *
   * @throws MisuseException if the text is not of that form
   */
  public static <T> Ref<T> parse(String text) {
    String[] parts = text.startsWith("@") ? text.substring(1).split("\\.", -1) : new String[0];
    if (parts.length == 3) {
      try {
        int partition = Integer.parseInt(parts[0]);
        int slot = Integer.parseInt(parts[1]);
        int generation = Integer.parseInt(parts[2]);
        if (partition >= 0
            && partition <= ObjectId.MAX_PARTITION
            && slot >= 0
            && slot <= ObjectId.MAX_SLOT
            && generation >= 0
            && generation <= ObjectId.MAX_GENERATION) {
          return new Ref<>(ObjectId.pack(partition, generation, slot));
        }
      } catch (NumberFormatException e) {
        throw misread(text, e);
      }
    }
    throw misread(text, null);
  }

  private static MisuseException misread(
      String text, @org.jspecify.annotations.Nullable NumberFormatException cause) {
    String message =
        "'" + text + "' is not a reference; expected @partition.slot.generation, such as @1.42.0";
    return cause == null ? new MisuseException(message) : new MisuseException(message, cause);
  }

  static String text(long id) {
    return "@" + ObjectId.partition(id) + "." + ObjectId.slot(id) + "." + ObjectId.generation(id);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Ref<?> ref && ref.id == id;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(id);
  }

  /** {@code @partition.slot.generation} */
  @Override
  public String toString() {
    return text(id);
  }
}
