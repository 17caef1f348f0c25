package dev.moat.assembler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.cli.KernelException;
import dev.moat.cli.KernelHomes.Offered;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolutionTest {
    private static final String PTRACE = "moat.subsystem;filter:='(&(name=platform)(impl=ptrace))'";
    private static final String TRAP = "moat.subsystem;filter:='(&(name=platform)(impl=trap))'";

    @TempDir private Path home;

    private Bundles bundles;

    @BeforeEach
    void makeBundles() {
        bundles = Bundles.small(home);
    }

    private Resolution resolve(String... recipe) throws Exception {
        Path file =
                Files.writeString(home.resolve("kernel.bndrun"), String.join("\n", recipe) + "\n");
        return Resolution.of(Recipe.read(file), bundles.stock(), new Offered("", ""));
    }

    private String refusal(String... recipe) {
        return assertThrows(KernelException.class, () -> resolve(recipe)).getMessage();
    }

    @Test
    void askedPlatform_bringsWhatEveryKernelHas_withReasons() throws Exception {
        Resolution resolution = resolve("-runrequires: " + TRAP);
        assertEquals(
                List.of(
                        "dev.moat.mm: dev.moat.sandbox needs mm",
                        "dev.moat.platform.trap: asked for: platform trap",
                        "dev.moat.sandbox: every kernel has it"),
                resolution.choices().stream()
                        .map(choice -> choice.part().name() + ": " + choice.reason())
                        .toList());
        assertEquals(
                List.of("dev.moat.platform.ptrace"),
                resolution.leftOut().stream().map(Part::name).toList());
    }

    @Test
    void noPlatform_namesTheAlternatives() {
        assertEquals(
                "a kernel needs a platform; add one of: " + PTRACE + ", " + TRAP,
                refusal("-runrequires: moat.subsystem;filter:='(name=mm)'"));
    }

    @Test
    void forbiddenAlternative_isNotProposed() {
        assertEquals(
                "a kernel needs a platform; add one of: " + PTRACE,
                refusal(
                        "-runrequires: moat.subsystem;filter:='(name=mm)'",
                        "-runblacklist: " + TRAP));
    }

    @Test
    void everyWay_isTakenWhereAllAreAskedFor() throws Exception {
        Resolution resolution =
                resolve("-runrequires: moat.subsystem;filter:='(name=*)';cardinality:=multiple");
        assertEquals(4, resolution.choices().size());
        assertEquals(List.of(), resolution.leftOut());
    }

    @Test
    void unknownWay_namesThoseThereAre() {
        assertEquals(
                "kernel.bndrun asks for platform kvm, which no bundle offers;"
                        + " there are: platform ptrace, platform trap",
                refusal("-runrequires: moat.subsystem;filter:='(&(name=platform)(impl=kvm))'"));
    }

    @Test
    void pieceThatIsForbidden_isNamed() {
        assertEquals(
                "a kernel needs a mm; only dev.moat.mm offers it,"
                        + " and -runblacklist of kernel.bndrun forbids that",
                refusal("-runrequires: " + PTRACE, "-runblacklist: bnd.identity;id=dev.moat.mm"));
    }

    @Test
    void pieceThatNobodyOffers_isNamedWithItsUser() {
        bundles.add("org.example.audit", "audit;impl=file", "journal any");
        assertEquals(
                "org.example.audit needs a journal; no bundle offers it",
                refusal("-runrequires: " + PTRACE + ",bnd.identity;id=org.example.audit"));
    }

    @Test
    void bundleByName_isTaken() throws Exception {
        bundles.add("org.example.audit", "audit;impl=file");
        Resolution resolution =
                resolve("-runrequires: " + PTRACE + ",bnd.identity;id=org.example.audit");
        assertEquals(
                "asked for: bundle org.example.audit",
                resolution.choices().stream()
                        .filter(choice -> choice.part().name().equals("org.example.audit"))
                        .findFirst()
                        .orElseThrow()
                        .reason());
    }
}
