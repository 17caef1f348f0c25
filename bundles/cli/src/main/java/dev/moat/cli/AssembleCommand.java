package dev.moat.cli;

import dev.moat.cli.shared.GuestStrings;
import dev.moat.cli.shared.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code moat assemble}: makes a kernel of chosen bundles. */
@Command(
        name = "assemble",
        description = "Makes a kernel that holds only what a workload needs.",
        footerHeading = "%nThe file:%n",
        footer = {
            "  lists requirements in the form of bndtools, such as",
            "    -runrequires: moat.subsystem;filter:='(&(name=platform)(impl=ptrace))',\\",
            "                  moat.subsystem;filter:='(&(name=fs)(impl=proc))'",
            "  and the bundles that these need are added. 'full' and 'minimal' are there; docs/assemblies.md",
            "  tells more. The new kernel runs as DIR/bin/moat."
        })
final class AssembleCommand implements Callable<Integer> {
    private static final String SUFFIX = ".bndrun";

    private final KernelHomes homes;

    @Option(
            names = "--from",
            required = true,
            paramLabel = "FILE",
            description =
                    "What the kernel needs: a bndrun file, or the name of one that comes with Moat.")
    private String from = "";

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            description = "Where it is made: a directory that is empty or not there yet.")
    private String output = "";

    @Option(
            names = "--add",
            paramLabel = "JAR|DIR",
            description = "Bundles of your own to choose from, too.")
    private List<String> additions = new ArrayList<>();

    @Spec private CommandSpec spec;

    AssembleCommand(KernelHomes homes) {
        this.homes = homes;
    }

    @Override
    public Integer call() {
        Assembler assembler =
                ServiceLoader.load(Assembler.class, AssembleCommand.class.getClassLoader())
                        .findFirst()
                        .orElseThrow(() ->
                                new KernelException(
                                        "this kernel cannot assemble others: use the moat of the whole distribution"));
        var order =
                new AssemblyOrder(
                        homes.own(),
                        recipe(),
                        GuestStrings.hostPath(output).toAbsolutePath(),
                        additions.stream().map(GuestStrings::hostPath).toList());
        var errors = spec.commandLine().getErr();
        try {
            assembler.assemble(
                    order,
                    homes,
                    spec.commandLine().getOut(),
                    line -> errors.println("moat: " + line));
        } catch (KernelException e) {
            // the program prints guest strings, and the message names host paths
            throw new KernelException(GuestStrings.of(String.valueOf(e.getMessage())), e);
        }
        return 0;
    }

    private Path recipe() {
        Path file = GuestStrings.hostPath(from);
        if (Files.isRegularFile(file)) {
            return file;
        }
        Path known = homes.own().resolve("assemblies").resolve(from + SUFFIX);
        if (!from.contains("/") && Files.isRegularFile(known)) {
            return known;
        }
        throw new UsageException(
                Files.exists(file)
                        ? "--from: not a file: " + from
                        : "--from: no such file: " + from);
    }
}
