package io.hotpot.store.spi;

/**
 * Where the record of an object's version stands in a partition's log.
 *
 * @param address of its first byte; 0: nobody says where it stands
 * @param lengthBytes with its header
 */
public record RecordPlace(long address, int lengthBytes) {

  public static final RecordPlace UNKNOWN = new RecordPlace(0, 0);
}
