package io.hotpot.tools.bench;

/** The object that is measured: six components, about 100 bytes encoded. */
public record Item(long id, int kind, String name, double price, boolean active, String note) {

  private static final String NOTE =
      "a note that brings the encoded form to about 100 bytes, all told";

  /** The item of a number, as a round leaves it. */
  public static Item of(long id, int round) {
    return new Item(id, round & 0xFF, "item " + (id % 1000), round * 0.25, (round & 1) == 0, NOTE);
  }
}
