package dev.caisson.daemon.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;

/** The rooms and their arrows, as docs/architecture.md draws them. */
@AnalyzeClasses(
    packages = "dev.caisson.daemon",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String ROOT = "dev.caisson.daemon.";
  private static final String SHADED = "io.grpc.netty.shaded.io.netty.";

  @ArchTest
  static final ArchRule arrowsPointDownTheLevels =
      Architectures.layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("values")
          .definedBy(ROOT + "model..", ROOT + "error..")
          .layer("parts")
          .definedBy(
              ROOT + "settings..",
              ROOT + "policy..",
              ROOT + "runtime",
              ROOT + "channel..",
              ROOT + "egress..",
              ROOT + "tools..")
          .layer("machines")
          .definedBy(ROOT + "runtime.docker..", ROOT + "pool..")
          .layer("runs")
          .definedBy(ROOT + "run..", ROOT + "posture..", ROOT + "session..")
          .layer("edges")
          .definedBy(ROOT + "api..", ROOT + "config..")
          .layer("app")
          .definedBy(ROOT + "app..")
          .whereLayer("app")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("edges")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("runs")
          .mayOnlyBeAccessedByLayers("edges", "app")
          .whereLayer("machines")
          .mayOnlyBeAccessedByLayers("runs", "edges", "app")
          .whereLayer("parts")
          .mayOnlyBeAccessedByLayers("machines", "runs", "edges", "app");

  @ArchTest
  static final ArchRule roomsDoNotGoRoundInCircles =
      slices().matching(ROOT + "(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyTheDockerRuntimeKnowsTheEngine =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "runtime.docker..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.github.dockerjava..", "org.apache.hc..");

  /** Netty's parsers, which come with gRPC, and what it takes to use them without a network. */
  private static final DescribedPredicate<JavaClass> PARSERS =
      JavaClass.Predicates.resideInAnyPackage(
          SHADED + "handler.codec",
          SHADED + "handler.codec.http",
          SHADED + "handler.codec.socksx..",
          SHADED + "handler.ssl",
          SHADED + "channel",
          SHADED + "channel.embedded",
          SHADED + "buffer",
          SHADED + "util.concurrent");

  @ArchTest
  static final ArchRule onlyTheGateParsesWithNetty =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT + "api..", ROOT + "egress..")
          .should()
          .dependOnClassesThat(PARSERS);

  @ArchTest
  static final ArchRule onlyTestsMakeExceptionsFromTheRulesAboutAddresses =
      noClasses()
          .should()
          .callMethod(
              "dev.caisson.daemon.egress.AddressRules", "exempting", java.util.Set.class.getName());

  @ArchTest
  static final ArchRule onlyTheApiKnowsGrpc =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "api..")
          .should()
          .dependOnClassesThat(
              JavaClass.Predicates.resideInAnyPackage(
                      "io.grpc..", "com.google.protobuf..", "dev.caisson.v1..")
                  .and(DescribedPredicate.not(PARSERS))
                  // The composition root hands the services to the server without touching them.
                  .and(
                      DescribedPredicate.not(
                          JavaClass.Predicates.type(io.grpc.BindableService.class))));

  @ArchTest
  static final ArchRule nothingFromASandboxBecomesAnObjectOfAClassThatItNames =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.io.ObjectInputStream")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.beans.XMLDecoder");

  @ArchTest
  static final ArchRule theDaemonStartsNoProcesses =
      noClasses()
          // runsc alone knows its version, and the engine does not tell.
          .that()
          .doNotHaveFullyQualifiedName(ROOT + "runtime.docker.SafeVersions")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.ProcessBuilder");
}
