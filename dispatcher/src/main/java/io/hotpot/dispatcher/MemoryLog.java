package io.hotpot.dispatcher;

import java.util.ArrayList;
import java.util.List;

/** Records in memory, which outlive the {@link LocalMember} but not the process. */
public final class MemoryLog implements MemberLog {

  private final List<byte[]> records = new ArrayList<>();

  @Override
  public List<byte[]> open() {
    return List.copyOf(records);
  }

  @Override
  public void append(byte[] record) {
    records.add(record);
  }

  @Override
  public void replace(byte[] record) {
    records.clear();
    records.add(record);
  }

  @Override
  public void close() {}
}
