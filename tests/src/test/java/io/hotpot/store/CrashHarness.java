package io.hotpot.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Runs a script of steps on a simulated heap, loses power at every event of it, and compares what
 * recovery makes of it with a model: every acknowledged step, and of the one under way all or
 * nothing.
 */
final class CrashHarness {

  /** What one dataset should hold. Objects and roots have names that the script chose. */
  static final class Contents {
    final int id;
    final TreeMap<String, String> values = new TreeMap<>();
    final TreeMap<String, String> roots = new TreeMap<>();

    Contents(int id) {
      this.id = id;
    }

    Contents copy() {
      Contents copy = new Contents(id);
      copy.values.putAll(values);
      copy.roots.putAll(roots);
      return copy;
    }

    /** What can be seen in the store: the values, and the values that roots name. */
    @Override
    public String toString() {
      TreeMap<String, String> named = new TreeMap<>();
      roots.forEach((root, object) -> named.put(root, String.valueOf(values.get(object))));
      return values.values().stream().sorted().toList() + (named.isEmpty() ? "" : "" + named);
    }
  }

  /** What a store should hold. */
  static final class Model {
    final TreeMap<String, Contents> datasets = new TreeMap<>();
    private int lastId;

    Model copy() {
      Model copy = new Model();
      datasets.forEach((name, contents) -> copy.datasets.put(name, contents.copy()));
      copy.lastId = lastId;
      return copy;
    }

    void create(String name) {
      datasets.put(name, new Contents(++lastId));
    }

    Contents in(String name) {
      return datasets.get(name);
    }

    /** What a dataset holds, under whatever name it has at this time. */
    Contents ofId(int id) {
      return datasets.values().stream()
          .filter(c -> c.id == id)
          .findFirst()
          .orElseGet(() -> new Contents(id));
    }

    @Override
    public String toString() {
      return datasets.toString();
    }
  }

  /** A running store beside its model. Objects have names that the script chose. */
  static final class Run {
    Hotpot store;
    Model model = new Model();
    Model candidate = new Model();
    final List<Model> history = new ArrayList<>();
    final Map<String, Ref<String>> refs = new HashMap<>();
    private final Supplier<Hotpot> next;

    Run(Hotpot store, Supplier<Hotpot> next) {
      this.store = store;
      this.next = next;
      history.add(model);
    }

    /** Closes the store in order, and opens it again as the next process would. */
    void closeAndOpen() {
      store.close();
      store = next.get();
    }
  }

  /** One acknowledged unit: says first what the model will be, then does it to the store. */
  interface Step {
    void expect(Model model);

    void run(Run run);
  }

  record Script(String name, List<Step> setup, List<Step> steps) {}

  static final class Mismatch extends AssertionError {
    private static final long serialVersionUID = 1L;

    Mismatch(String message) {
      super(message);
    }
  }

  private static final long MAX_POINTS = 100_000;
  private static final int SAMPLES = 12;
  private static final int SHORT_POINTS = 30;

  private final Durability durability;
  private final int imagesPerPoint;
  private final long seed;
  long points;
  long images;
  long recoveries;

  CrashHarness(Durability durability, int imagesPerPoint, long seed) {
    this.durability = durability;
    this.imagesPerPoint = imagesPerPoint;
    this.seed = seed;
  }

  private HotpotOptions options() {
    return HotpotOptions.defaults()
        .withBackground(false)
        .withDurability(durability)
        .withCacheBytes(0)
        .withMaxBytes(64L << 20);
  }

  private Hotpot open(SimHeap heap) {
    long[] now = {1_700_000_000_000L};
    return Hotpot.open(heap, options(), SystemSeams.dated(() -> now[0]++));
  }

  private Run start(SimHeap heap) {
    return new Run(
        open(heap),
        () -> {
          heap.reopen();
          return open(heap);
        });
  }

  private static SimHeap newHeap() {
    return new SimHeap(16, 0x1234_5678_9ABCL, Durability.POWER);
  }

  /** Loses power at every event of the script's steps. */
  void everyPoint(Script script) {
    long[] window = eventsOf(script);
    // Of megabytes, most stores are like their neighbours.
    long stride = window[1] - window[0] > MAX_POINTS ? (window[1] - window[0]) / SAMPLES : 1;
    points(script, window[0], window[1], stride);
  }

  /** One point of so many, which ones is chance; of a short script all. */
  void onePointOf(int share, Script script) {
    long[] window = eventsOf(script);
    boolean isShort = window[1] - window[0] <= SHORT_POINTS;
    boolean isLong = window[1] - window[0] > MAX_POINTS;
    if (isShort || isLong) {
      everyPoint(script);
    } else {
      points(script, window[0] + Math.floorMod(seed, share), window[1], share);
    }
  }

  private void points(Script script, long from, long to, long stride) {
    for (long point = from; point < to; point += stride) {
      crashAt(script, point);
    }
  }

  /**
   * Lets the medium refuse from every call on that makes something durable: whoever commits is told
   * so, nothing is acknowledged any more, reads go on, and reopening shows what a power loss at
   * that moment might have left.
   */
  void everyRefusal(Script script) {
    SimHeap heap = newHeap();
    Run run = start(heap);
    runAll(run, script.setup());
    long begin = heap.durabilityCalls();
    runAll(run, script.steps());
    long end = heap.durabilityCalls();
    abandon(run.store);
    for (long call = begin; call < end; call++) {
      refuseAt(script, call);
    }
  }

  private void refuseAt(Script script, long call) {
    points++;
    String where = script.name() + ", refused from call " + call + " on";
    SimHeap heap = newHeap();
    Run run = start(heap);
    runAll(run, script.setup());
    heap.refuseFrom(call);
    boolean told = false;
    try {
      runAll(run, script.steps());
    } catch (CommitOutcomeUnknown | CorruptException expected) {
      told = true;
    }
    if (!told && durability == Durability.POWER) {
      throw new Mismatch(where + ": nobody was told");
    }
    // A drop that is durable stands, also where its chunks could not be given back.
    Map<String, Model> whole = states(List.of(run.model, run.candidate));
    verify(run.store, whole, run, where + ", still open");
    if (told) {
      takesNoWrites(run.store, where);
    }
    try {
      run.store.close();
    } catch (CommitOutcomeUnknown | CorruptException expected) {
      // It could not be closed in order, and has given everything free.
    }
    heap.checkInvariants();
    Map<String, Model> allowed = durability == Durability.POWER ? whole : mixtures(run);
    SplittableRandom random = new SplittableRandom(seed * 31 + call);
    recover(heap.afterPowerLoss(random), allowed, run, random, where);
    recover(heap.afterKill(), whole, run, random, where + ", all of it kept");
  }

  private static void takesNoWrites(Hotpot store, String where) {
    for (Dataset dataset : store.datasets()) {
      try {
        dataset.run(tx -> tx.allocate("too late"));
        throw new Mismatch(where + ": a later commit was acknowledged");
      } catch (CommitOutcomeUnknown | CorruptException expected) {
        // As it should be.
      }
    }
  }

  private long[] eventsOf(Script script) {
    SimHeap heap = newHeap();
    Run run = start(heap);
    runAll(run, script.setup());
    long begin = heap.events();
    runAll(run, script.steps());
    long end = heap.events();
    verify(run.store, states(List.of(run.model)), run, script.name() + " without a crash");
    abandon(run.store);
    return new long[] {begin, end};
  }

  private static void runAll(Run run, List<Step> steps) {
    for (Step step : steps) {
      run.candidate = run.model.copy();
      step.expect(run.candidate);
      step.run(run);
      run.model = run.candidate;
      run.history.add(run.model);
    }
  }

  private void crashAt(Script script, long point) {
    points++;
    SimHeap heap = newHeap();
    Run run = start(heap);
    runAll(run, script.setup());
    heap.crashAt(point);
    try {
      runAll(run, script.steps());
      throw new IllegalStateException(
          "event " + point + " of " + script.name() + " did not happen");
    } catch (PowerLoss expected) {
      abandon(run.store);
    }
    heap.checkInvariants();
    Map<String, Model> whole = states(List.of(run.model, run.candidate));
    Map<String, Model> allowed = durability == Durability.POWER ? whole : mixtures(run);
    String where = script.name() + ", power lost at event " + point;
    for (int i = 0; i < imagesPerPoint; i++) {
      SplittableRandom random = new SplittableRandom(seed * 31 + point * 1009 + i);
      recover(
          heap.afterPowerLoss(random),
          allowed,
          run,
          random,
          where + ", image " + i + ", seed " + seed);
    }
    recover(
        heap.afterKill(), whole, run, new SplittableRandom(seed + point), where + ", killed only");
  }

  private static Map<String, Model> states(List<Model> models) {
    Map<String, Model> states = new TreeMap<>();
    models.forEach(model -> states.put(model.toString(), model));
    return states;
  }

  /**
   * What power loss may leave at level PROCESS: of every dataset, and of the list of datasets, some
   * past state of its own; but of a transaction over several datasets all or nothing.
   */
  private static Map<String, Model> mixtures(Run run) {
    List<Model> history = new ArrayList<>(run.history);
    history.add(run.candidate);
    Map<String, Model> mixtures = new TreeMap<>();
    for (Model catalog : history) {
      mix(history, catalog, new ArrayList<>(catalog.datasets.keySet()), new TreeMap<>(), mixtures);
    }
    return mixtures;
  }

  private static void mix(
      List<Model> history,
      Model catalog,
      List<String> names,
      TreeMap<Integer, Integer> times,
      Map<String, Model> mixtures) {
    if (times.size() == names.size()) {
      Model mixture = new Model();
      for (String name : names) {
        int id = catalog.in(name).id;
        mixture.datasets.put(name, history.get(times.get(id)).ofId(id));
      }
      mixtures.put(mixture.toString(), mixture);
      return;
    }
    int id = catalog.in(names.get(times.size())).id;
    for (int time = 0; time < history.size(); time++) {
      if (isWhole(history, times, id, time)) {
        TreeMap<Integer, Integer> more = new TreeMap<>(times);
        more.put(id, time);
        mix(history, catalog, names, more, mixtures);
      }
    }
  }

  /** Whether no transaction would be seen in one dataset and not in the other. */
  private static boolean isWhole(
      List<Model> history, TreeMap<Integer, Integer> times, int id, int time) {
    for (int step = 1; step < history.size(); step++) {
      for (Map.Entry<Integer, Integer> other : times.entrySet()) {
        if (changes(history, step, id)
            && changes(history, step, other.getKey())
            && (time >= step) != (other.getValue() >= step)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean changes(List<Model> history, int step, int id) {
    Contents before = history.get(step - 1).ofId(id);
    Contents after = history.get(step).ofId(id);
    return !before.values.equals(after.values) || !before.roots.equals(after.roots);
  }

  private void recover(
      SimHeap image, Map<String, Model> allowed, Run run, SplittableRandom random, String where) {
    images++;
    SimHeap heap = image;
    for (int crashes = 0; crashes < 2 && random.nextInt(2) == 0; crashes++) {
      heap = crashDuringRecovery(heap, random, where);
      recoveries++;
    }
    Hotpot store = reopen(heap, where);
    Model now = verify(store, allowed, run, where);
    // Life goes on: the recovered store takes commits, and keeps them.
    String after = "after " + random.nextLong();
    store.dataset("later").transact(tx -> tx.allocate(after));
    Model expected = now.copy();
    expected.create("later");
    expected.in("later").values.put(after, after);
    SimHeap next = heap.afterPowerLoss(random);
    if (durability == Durability.POWER) {
      Hotpot crashedAgain = reopen(next, where);
      String once = where + ", crashed again after one more commit";
      verify(crashedAgain, states(List.of(expected)), run, once);
      abandon(crashedAgain);
    }
    store.close();
    Hotpot again = reopen(heap.afterPowerLoss(random), where);
    verify(again, states(List.of(expected)), run, where + ", closed and opened again");
    if (!again.recovery().clean()) {
      throw new Mismatch(where + ": a clean close was not recognised");
    }
    abandon(again);
  }

  /** Gives back the memory of a store whose machine is off. */
  private static void abandon(Hotpot store) {
    try {
      store.close();
    } catch (PowerLoss | StoreClosed expected) {
      // Nothing more reaches the medium.
    }
  }

  private SimHeap crashDuringRecovery(SimHeap image, SplittableRandom random, String where) {
    SimHeap probe = image.afterKill();
    Hotpot probed = reopen(probe, where);
    long events = probe.events();
    abandon(probed);
    if (events == 0) {
      return image;
    }
    SimHeap heap = image.afterKill();
    heap.crashAt(random.nextLong(events));
    try {
      open(heap);
      throw new IllegalStateException("the crash during recovery did not happen");
    } catch (PowerLoss expected) {
      return heap.afterPowerLoss(random);
    }
  }

  private Hotpot reopen(SimHeap heap, String where) {
    try {
      return open(heap);
    } catch (HotpotException | IllegalStateException e) {
      throw (AssertionError) new Mismatch(where + ": cannot be opened: " + e).initCause(e);
    }
  }

  private static Model verify(Hotpot store, Map<String, Model> allowed, Run run, String where) {
    List<String> damages = store.check().stream().map(Damage::toString).toList();
    if (!damages.isEmpty() || !store.recovery().damages().isEmpty()) {
      throw new Mismatch(where + ": damage reported: " + damages + store.recovery().damages());
    }
    String found = contents(store).toString();
    Model model = allowed.get(found);
    if (model == null) {
      throw new Mismatch(
          where
              + ":\n  found   "
              + found
              + "\n  allowed "
              + String.join("\n  allowed ", allowed.keySet()));
    }
    checkRefs(store, model, run, where);
    return model;
  }

  /** References handed out earlier name their object, or nothing: never another one. */
  private static void checkRefs(Hotpot store, Model model, Run run, String where) {
    run.refs.forEach(
        (name, ref) -> {
          Optional<String> found;
          try {
            found = store.read(tx -> tx.find(ref));
          } catch (ObjectNotFound e) {
            found = Optional.empty();
          }
          String expected = null;
          for (Contents contents : model.datasets.values()) {
            expected = contents.values.getOrDefault(name, expected);
          }
          if (!Optional.ofNullable(expected).equals(found)) {
            throw new Mismatch(where + ": " + name + " is " + found + ", expected " + expected);
          }
        });
  }

  /** The store's contents as a model: its objects go by their values. */
  private static Model contents(Hotpot store) {
    Model model = new Model();
    for (Dataset dataset : store.datasets()) {
      model.create(dataset.name());
      Contents contents = model.in(dataset.name());
      for (Ref<?> ref : dataset.refs()) {
        contents.values.put(ref.toString(), value(store, ref));
      }
      store
          .read(tx -> tx.allRoots(dataset))
          .forEach((root, ref) -> contents.roots.put(root, ref.toString()));
    }
    return model;
  }

  private static String value(Hotpot store, Ref<?> ref) {
    return store.read(tx -> tx.get(Ref.<String>of(ref.id())));
  }
}
