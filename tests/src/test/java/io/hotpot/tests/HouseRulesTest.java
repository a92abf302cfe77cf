package io.hotpot.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.HasModifiers;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The product keeps the house rules, and each rule does catch the classes that break it. */
class HouseRulesTest {
  private static final String STORE_PACKAGE = "io.hotpot.store";
  private static final String SEAMS_PACKAGE = "io.hotpot.store.spi";

  /**
   * The classes of the store that may read a clock, draw a random number, start a thread or wait
   * for time: the real world behind the seams, and the media, which no simulation uses.
   */
  private static final Set<String> REAL_WORLD =
      Set.of(
          "io.hotpot.store.SystemTime",
          "io.hotpot.store.SystemSeams",
          "io.hotpot.store.SystemThreads",
          "io.hotpot.store.MappedHeap",
          "io.hotpot.store.LlplHeap",
          "io.hotpot.store.LlplPool");

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.hotpot");
  private static final JavaClasses STORE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.hotpot.store");
  private static final JavaClasses CLUSTER =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.hotpot.replication", "io.hotpot.dispatcher");

  /** The sockets, Raft, and what starts a process's own loops: no simulation runs them. */
  private static final Set<String> REAL_CLUSTER =
      Set.of(
          "io.hotpot.replication.Dialling",
          "io.hotpot.replication.NettyLoop",
          "io.hotpot.replication.PatientSelect",
          "io.hotpot.replication.TcpFabric",
          "io.hotpot.replication.rdma.DisniDevice",
          "io.hotpot.replication.rdma.DisniDevice$Link",
          "io.hotpot.dispatcher.ClusterVisit",
          "io.hotpot.dispatcher.DispatcherServer",
          "io.hotpot.dispatcher.TcpClusterProvider",
          "io.hotpot.dispatcher.TcpClusterProvider$Member");

  private static final JavaClasses OFFENDERS =
      new ClassFileImporter()
          .importClasses(Offender.class, Offender.Open.class, Offender.Hidden.class);

  private static final ArchRule STORE_STANDS_ALONE =
      noClasses()
          .that()
          .resideInAPackage("io.hotpot.store..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.hotpot.replication..",
              "io.hotpot.dispatcher..",
              "io.hotpot.query..",
              "io.hotpot.tools..",
              "io.hotpot.tests..");

  private static final ArchRule STORE_IS_ONE_PACKAGE_AND_ITS_SEAMS =
      classes()
          .that()
          .resideInAPackage("io.hotpot.store..")
          .should()
          .resideInAnyPackage(STORE_PACKAGE, SEAMS_PACKAGE);

  private static final ArchRule SEAMS_ARE_FOR_THE_CLUSTER =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              STORE_PACKAGE, SEAMS_PACKAGE, "io.hotpot.replication..", "io.hotpot.dispatcher..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(SEAMS_PACKAGE);

  private static final ArchRule SEAMS_STAND_ALONE =
      classes()
          .that()
          .resideInAPackage(SEAMS_PACKAGE)
          .should()
          .onlyDependOnClassesThat(
              JavaClass.Predicates.resideInAnyPackage(SEAMS_PACKAGE, "java..", "org.jspecify..")
                  .or(HasModifiers.Predicates.modifier(JavaModifier.PUBLIC)));

  @Test
  void theRulesSeeTheProduct() {
    assertThat(PRODUCT.contain("io.hotpot.store.HotpotException")).isTrue();
    assertThat(PRODUCT.contain("io.hotpot.tools.Main")).isTrue();
  }

  @Test
  void storeDependsOnNoOtherModule() {
    STORE_STANDS_ALONE.check(STORE);
  }

  @Test
  void storeIsOnePackageAndItsSeams() {
    STORE_IS_ONE_PACKAGE_AND_ITS_SEAMS.check(STORE);
  }

  @Test
  void seamsAreForTheClusterAndStandAlone() {
    SEAMS_ARE_FOR_THE_CLUSTER.check(PRODUCT);
    SEAMS_STAND_ALONE.check(STORE);
  }

  @Test
  void onlyListedTypesOfTheStoreArePublic() throws IOException {
    assertThat(HouseRules.publicTypes(STORE, STORE_PACKAGE))
        .as("a public type of the store must be in public-api.txt with its reason, and the reverse")
        .containsExactlyInAnyOrderElementsOf(listedPublicTypes());
  }

  @Test
  void nothingUsesMonitors() {
    assertThat(HouseRules.monitors(PRODUCT))
        .as("monitors pin virtual threads and hide lock order: use java.util.concurrent.locks")
        .isEmpty();
  }

  @Test
  void storeReachesTheRealWorldThroughItsSeamsOnly() {
    assertThat(HouseRules.unrepeatableCalls(STORE, REAL_WORLD))
        .as("time, chance and threads come in through Seams, else a seed cannot replay a run")
        .isEmpty();
  }

  @Test
  void protocolReachesTheRealWorldThroughItsLoopOnly() {
    assertThat(HouseRules.unrepeatableCalls(CLUSTER, REAL_CLUSTER))
        .as("time, chance and threads come in through NodeLoop and Seams")
        .isEmpty();
    assertThat(HouseRules.monitors(CLUSTER)).as("locks by keyword").isEmpty();
  }

  @Test
  void everyClassThatMayReachTheRealWorldDoes() {
    for (String allowed : REAL_WORLD) {
      Set<String> others =
          REAL_WORLD.stream().filter(c -> !c.equals(allowed)).collect(Collectors.toSet());
      assertThat(HouseRules.unrepeatableCalls(STORE, others)).as(allowed).isNotEmpty();
    }
  }

  @Test
  void monitorsAreFoundInModifiersAndBodies() {
    assertThat(HouseRules.monitors(OFFENDERS))
        .containsExactlyInAnyOrder(
            Offender.class.getName() + ".synchronizedMethod",
            Offender.class.getName() + ".synchronizedBlock");
  }

  @Test
  void clocksWaitsThreadsAndUnseededRandomNumbersAreFound() {
    assertThat(HouseRules.unrepeatableCalls(OFFENDERS, Set.of()))
        .hasSize(12)
        .anySatisfy(line -> assertThat(line).contains("currentTimeMillis"))
        .anySatisfy(line -> assertThat(line).contains("nanoTime"))
        .anySatisfy(line -> assertThat(line).contains("Thread.sleep"))
        .anySatisfy(line -> assertThat(line).contains("Math.random"))
        .anySatisfy(line -> assertThat(line).contains("java.util.Random.<init>()"))
        .anySatisfy(line -> assertThat(line).contains("onSpinWait"))
        .anySatisfy(line -> assertThat(line).contains("parkNanos"))
        .anySatisfy(line -> assertThat(line).contains("ofPlatform"))
        .anySatisfy(line -> assertThat(line).contains("parallelStream"))
        .anySatisfy(line -> assertThat(line).contains("newCachedThreadPool"))
        .anySatisfy(line -> assertThat(line).contains("tryLock"))
        .anySatisfy(line -> assertThat(line).contains("Thread.join"));
  }

  @Test
  void anAllowedClassMayReadTheClock() {
    assertThat(HouseRules.unrepeatableCalls(OFFENDERS, Set.of(Offender.class.getName()))).isEmpty();
  }

  @Test
  void aPublicTypeInsideAPackagePrivateOneIsNotPublic() {
    assertThat(HouseRules.publicTypes(OFFENDERS, "io.hotpot.tests")).isEmpty();
    assertThat(
            HouseRules.publicTypes(
                new ClassFileImporter().importClasses(Thread.State.class), "java.lang"))
        .containsExactly("Thread.State");
  }

  @Test
  void aSecondPackageInTheStoreIsFound() {
    JavaClasses stray =
        new ClassFileImporter().importClasses(io.hotpot.store.stray.StrayForHouseRules.class);

    assertThatThrownBy(() -> STORE_IS_ONE_PACKAGE_AND_ITS_SEAMS.check(stray))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("StrayForHouseRules");
    assertThatThrownBy(() -> STORE_STANDS_ALONE.check(stray))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("StrayForHouseRules");
  }

  private static Set<String> listedPublicTypes() throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                HouseRulesTest.class.getResourceAsStream("public-api.txt"),
                StandardCharsets.UTF_8))) {
      return reader
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> line.split("\\s+", 2)[0])
          .collect(Collectors.toSet());
    }
  }

  /** Breaks every rule about code, once each. */
  static final class Offender {
    private final LongSupplier clock = System::nanoTime;
    private int count;

    synchronized void synchronizedMethod() {
      count++;
    }

    void synchronizedBlock() {
      synchronized (clock) {
        count++;
      }
    }

    double useClocksAndChance() throws InterruptedException {
      Thread.sleep(1);
      return System.currentTimeMillis() + Math.random() + new Random().nextDouble() + count;
    }

    boolean useThreadsAndTimedWaits(List<Runnable> work, ReentrantLock lock)
        throws InterruptedException {
      Thread.onSpinWait();
      LockSupport.parkNanos(1);
      work.parallelStream().forEach(Runnable::run);
      Executors.newCachedThreadPool().close();
      Thread thread = Thread.ofPlatform().start(work.getFirst());
      thread.join(1);
      return lock.tryLock(1, TimeUnit.SECONDS);
    }

    /** Public, but inside a type that is not. */
    public static final class Open {}

    private static final class Hidden {}
  }
}
