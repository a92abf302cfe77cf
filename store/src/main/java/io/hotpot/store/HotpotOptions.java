package io.hotpot.store;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * How a store is opened. Immutable; start from {@link #defaults}.
 *
 * @param maxBytes the size that the heap may grow to; at least 32 MiB
 * @param cacheBytes bound on the encoded size of the decoded objects that are kept ready; 0 keeps
 *     none
 * @param durability what a commit survives when {@code commit} has returned; limited by what the
 *     medium gives
 * @param heap which kind of heap a new store gets
 * @param device where the heap of a new store lies, if not in a file of the store's directory
 * @param create whether a store that does not exist is created
 * @param readOnly whether the store is only looked at: nothing on the medium changes
 * @param background whether cleaning and preparing chunks run in threads of their own
 * @param attempts how often the work of a transaction is tried before {@link ConflictException}
 * @param trees whether values are given and taken as trees of maps, lists, texts and numbers, by
 *     their stored schema and without their classes; docs/TYPES.md lists the forms
 * @param migrations what makes objects of a class out of values that earlier versions of it stored
 */
public record HotpotOptions(
    long maxBytes,
    long cacheBytes,
    Durability durability,
    HeapKind heap,
    Optional<Path> device,
    boolean create,
    boolean readOnly,
    boolean background,
    int attempts,
    boolean trees,
    Map<Class<?>, Function<StoredValue, ?>> migrations) {

  /** The kinds of heap. */
  public enum HeapKind {
    /** LLPL where its native libraries load, else a mapped file. */
    AUTO,
    /** A persistent memory pool of LLPL. */
    LLPL,
    /** A memory-mapped file. */
    MAPPED;

    /** The name in lower case, as the command line takes it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public static final long MIN_BYTES = 32L << 20;

  public HotpotOptions {
    require(maxBytes >= MIN_BYTES, "maxBytes", maxBytes, "at least " + MIN_BYTES);
    require(cacheBytes >= 0, "cacheBytes", cacheBytes, "0 or more");
    require(attempts >= 1, "attempts", attempts, "at least 1");
    Objects.requireNonNull(durability, "durability");
    Objects.requireNonNull(heap, "heap");
    Objects.requireNonNull(device, "device");
    if (device.isPresent() && heap == HeapKind.MAPPED) {
      throw new MisuseException(
          "option device is "
              + device.get()
              + ", which is for the heap "
              + HeapKind.LLPL.text()
              + ", but option heap is "
              + HeapKind.MAPPED.text()
              + "; leave out one of them");
    }
    migrations = Map.copyOf(Objects.requireNonNull(migrations, "migrations"));
  }

  private static void require(boolean condition, String name, long actual, String expected) {
    if (!condition) {
      throw new MisuseException("option " + name + " is " + actual + ", expected " + expected);
    }
  }

  /** 16 GiB at most, a cache of 64 MiB, durable against power loss, created if absent. */
  public static HotpotOptions defaults() {
    return new HotpotOptions(
        16L << 30,
        64L << 20,
        Durability.POWER,
        HeapKind.AUTO,
        Optional.empty(),
        true,
        false,
        true,
        1000,
        false,
        Map.of());
  }

  public HotpotOptions withMaxBytes(long bytes) {
    return new HotpotOptions(
        bytes,
        cacheBytes,
        durability,
        heap,
        device,
        create,
        readOnly,
        background,
        attempts,
        trees,
        migrations);
  }

  public HotpotOptions withCacheBytes(long bytes) {
    return new HotpotOptions(
        maxBytes,
        bytes,
        durability,
        heap,
        device,
        create,
        readOnly,
        background,
        attempts,
        trees,
        migrations);
  }

  public HotpotOptions withDurability(Durability durability) {
    return new HotpotOptions(
        maxBytes,
        cacheBytes,
        durability,
        heap,
        device,
        create,
        readOnly,
        background,
        attempts,
        trees,
        migrations);
  }

  public HotpotOptions withHeap(HeapKind heap) {
    return new HotpotOptions(
        maxBytes,
        cacheBytes,
        durability,
        heap,
        device,
        create,
        readOnly,
        background,
        attempts,
        trees,
        migrations);
  }

  /**
   * Puts the heap of a new store on a device-DAX device, such as {@code /dev/dax0.0}: persistent
   * memory without a file system, which network devices take for one-sided access without on-demand
   * paging. The heap is LLPL's and has the whole device, at whose beginning nothing may be; the
   * store's directory has what else a store needs. A store that exists knows its device, and is
   * refused with another one.
   *
   * @throws MisuseException if the heap is to be {@link HeapKind#MAPPED}
   */
  public HotpotOptions withDevice(Path device) {
    return new HotpotOptions(
        maxBytes,
        cacheBytes,
        durability,
        heap,
        Optional.of(Objects.requireNonNull(device, "device")),
        create,
        readOnly,
        background,
        attempts,
        trees,
        migrations);
  }

  public HotpotOptions withCreate(boolean ifAbsent) {
    return new HotpotOptions(
        maxBytes,
        cacheBytes,
        durability,
        heap,
        device,
        ifAbsent,
        readOnly,
        background,
        attempts,
        trees,
        migrations);
  }

  public HotpotOptions withReadOnly(boolean only) {
    return new HotpotOptions(
        maxBytes,
        cacheBytes,
        durability,
        heap,
        device,
        create,
        only,
        background,
        attempts,
        trees,
        migrations);
  }

  public HotpotOptions withBackground(boolean threads) {
    return new HotpotOptions(
        maxBytes,
        cacheBytes,
        durability,
        heap,
        device,
        create,
        readOnly,
        threads,
        attempts,
        trees,
        migrations);
  }

  public HotpotOptions withAttempts(int times) {
    return new HotpotOptions(
        maxBytes,
        cacheBytes,
        durability,
        heap,
        device,
        create,
        readOnly,
        background,
        times,
        trees,
        migrations);
  }

  /** For tools that look into stores whose classes they do not have. */
  public HotpotOptions withTrees(boolean asTrees) {
    return new HotpotOptions(
        maxBytes,
        cacheBytes,
        durability,
        heap,
        device,
        create,
        readOnly,
        background,
        attempts,
        asTrees,
        migrations);
  }

  /**
   * Reads values of a class that were stored by an earlier version of it, one with other
   * components, through a function. It makes every change of the class possible, and is asked for
   * every such value that is read until that is written again; so it should do nothing but look at
   * the stored value. Values that were stored with the components of today it never sees.
   *
   * @throws MisuseException if the class has a migration already
   */
  public <T> HotpotOptions withMigration(
      Class<T> type, Function<StoredValue, ? extends T> migration) {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(migration, "migration");
    Map<Class<?>, Function<StoredValue, ?>> more = new HashMap<>(migrations);
    if (more.put(type, migration) != null) {
      throw new MisuseException(
          "class "
              + type.getName()
              + " has a migration already; let one function look at what each version has");
    }
    return new HotpotOptions(
        maxBytes,
        cacheBytes,
        durability,
        heap,
        device,
        create,
        readOnly,
        background,
        attempts,
        trees,
        more);
  }
}
