package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.MembershipMessage.SchemaIs;
import io.hotpot.store.MisuseException;
import io.hotpot.store.StoreClosed;
import io.hotpot.store.TransactionMode;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Names are read from the configuration and changed by asking the dispatcher. */
class ClusterNamesTest {

  private final World world = new World(1, Bug.NONE, 2, 1, 1);
  private final ClusterNames names = names();

  private ClusterNames names() {
    new Bank(world, 1, 1);
    return new ClusterNames(world.nodes.get(2), new SteppingThreads(world));
  }

  private void answer(UnaryOperator<MembershipMessage> answer) {
    world.answers = answer;
  }

  @Test
  void theConfigurationTellsNames() {
    assertThat(names.dataset("accounts").orElseThrow().id()).isEqualTo(1);
    assertThat(names.dataset("nobody")).isEmpty();
    assertThat(names.datasetOf(1).orElseThrow().name()).isEqualTo("accounts");
    assertThat(names.datasetOf(77)).isEmpty();
    assertThat(world.asked).isEmpty();
  }

  @Test
  void aNewDatasetIsReturnedWhenTheConfigurationHasIt() {
    answer(
        message -> {
          world.rename("orders", false);
          return new Done(1, 1, world.configuration.version());
        });

    assertThat(names.create("orders", TransactionMode.MRMW, 2, 1).name()).isEqualTo("orders");
  }

  @Test
  void aDatasetThatAnotherNodeHasJustMadeIsReturned() {
    answer(
        message -> {
          world.rename("orders", false);
          return new Refused(1, "name: there is a dataset orders");
        });

    assertThat(names.create("orders", TransactionMode.MRMW, 2, 1).name()).isEqualTo("orders");
  }

  @Test
  void aRefusalSaysWhy() {
    answer(message -> new Refused(1, "degree: 9 is not between 1 and 8"));

    assertThatThrownBy(() -> names.create("orders", TransactionMode.MRMW, 9, 1))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("degree: 9");
    assertThatThrownBy(() -> names.drop(5)).hasMessageContaining("refused");
  }

  @Test
  void aChangeIsSeenWhenItReturns() {
    answer(
        message -> {
          world.rename("renamed", false);
          return new Done(1, 1, world.configuration.version());
        });

    names.rename(1, "renamed");

    assertThat(names.datasets()).extracting(each -> each.name()).containsExactly("renamed");
  }

  @Test
  void schemasAreAskedForOnce() {
    byte[] schema = {1, 2, 3};
    answer(message -> new Done(1, 12, 1));

    assertThat(names.registerSchema(schema)).isEqualTo(12);
    assertThat(names.registerSchema(schema.clone())).isEqualTo(12);
    assertThat(names.schema(12)).isEqualTo(schema);
    assertThat(world.asked).hasSize(1);

    answer(message -> new SchemaIs(1, 13, new byte[] {9}));
    assertThat(names.schema(13)).containsExactly(9);
    assertThat(names.schema(13)).containsExactly(9);
    assertThat(world.asked).hasSize(2);
  }

  @Test
  void closingEndsTheWait() {
    answer(message -> new Done(1, 1, Long.MAX_VALUE));
    world.after(100_000_000, names::close);

    assertThatThrownBy(() -> names.drop(1)).isInstanceOf(StoreClosed.class);
  }
}
