package dev.caisson.daemon.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.policy.RequestedLimits;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.StartRun;
import org.junit.jupiter.api.Test;

class RunRequestsTest {

  @Test
  void everyLimitOfARequestReachesThePolicy() {
    for (FieldDescriptor field : RunLimits.getDescriptor().getFields()) {
      RunLimits.Builder limits = RunLimits.newBuilder();
      limits.setField(field, value(field));

      assertThat(requested(limits.build())).as(field.getName()).isNotEqualTo(RequestedLimits.NONE);
    }
    assertThat(requested(RunLimits.getDefaultInstance())).isEqualTo(RequestedLimits.NONE);
  }

  private static Object value(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT -> 1;
      case LONG -> 1L;
      case MESSAGE -> (Message) Duration.newBuilder().setSeconds(1).build();
      default -> throw new AssertionError("a limit of another type: " + field);
    };
  }

  private static RequestedLimits requested(RunLimits limits) {
    StartRun start = StartRun.newBuilder().setCode("1").setLimits(limits).build();
    return RunRequests.spec(start, Identity.LOCAL).limits();
  }
}
