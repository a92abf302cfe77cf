package io.hotpot.store;

/**
 * What stands before a value whose type its place does not tell. A number from {@link #SCHEMA} on
 * is a schema id plus {@link #SCHEMA}; a stored object that starts with {@link #NULL} is one of the
 * store's own.
 */
final class ValueTag {
  static final int NULL = 0;
  static final int BOOLEAN = 1;
  static final int BYTE = 2;
  static final int SHORT = 3;
  static final int CHARACTER = 4;
  static final int INTEGER = 5;
  static final int LONG = 6;
  static final int FLOAT = 7;
  static final int DOUBLE = 8;
  static final int STRING = 9;
  static final int BIG_INTEGER = 10;
  static final int BIG_DECIMAL = 11;
  static final int UUID = 12;
  static final int REF = 13;
  static final int BYTES = 14;
  static final int INTS = 15;
  static final int LONGS = 16;
  static final int DOUBLES = 17;
  static final int SHORTS = 18;
  static final int CHARS = 19;
  static final int FLOATS = 20;
  static final int BOOLEANS = 21;
  static final int STRINGS = 22;
  static final int OBJECTS = 23;
  static final int LIST = 24;
  static final int ARRAY_LIST = 25;
  static final int LINKED_LIST = 26;
  static final int ARRAY_DEQUE = 27;
  static final int SET = 28;
  static final int HASH_SET = 29;
  static final int LINKED_HASH_SET = 30;
  static final int TREE_SET = 31;
  static final int MAP = 32;
  static final int HASH_MAP = 33;
  static final int LINKED_HASH_MAP = 34;
  static final int TREE_MAP = 35;
  static final int OPTIONAL = 36;
  static final int INSTANT = 37;
  static final int DURATION = 38;
  static final int LOCAL_DATE = 39;
  static final int LOCAL_TIME = 40;
  static final int LOCAL_DATE_TIME = 41;
  static final int ZONED_DATE_TIME = 42;
  static final int OFFSET_DATE_TIME = 43;
  static final int ZONE_ID = 44;
  static final int PERIOD = 45;
  static final int YEAR = 46;
  static final int TYPED_ARRAY = 48;
  static final int SCHEMA = 64;

  private ValueTag() {}
}
