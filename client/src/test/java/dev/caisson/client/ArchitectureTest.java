package dev.caisson.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "dev.caisson.client",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule the_client_knows_of_the_product_only_the_contract =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.caisson.client..",
              "dev.caisson.v1..",
              "java..",
              "io.grpc..",
              "com.google.protobuf..",
              "com.google.rpc..",
              "com.google.errorprone.annotations..",
              "org.jspecify.annotations..",
              "picocli..",
              "org.jline..",
              "org.HdrHistogram..",
              "tools.jackson..");

  @ArchTest
  static final ArchRule the_library_needs_nothing_of_the_commands =
      noClasses()
          .that()
          .resideInAPackage("dev.caisson.client")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.caisson.client.command..",
              "picocli..",
              "org.jline..",
              "org.HdrHistogram..",
              "tools.jackson..");

  @ArchTest
  static final ArchRule no_grpc_type_stands_in_the_public_api =
      noClasses()
          .that()
          .arePublic()
          .and()
          .resideInAPackage("dev.caisson.client")
          .and()
          .doNotHaveSimpleName("CaissonClient")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.grpc..");
}
