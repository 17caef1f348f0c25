package dev.moat.assembler;

import aQute.bnd.header.Parameters;
import aQute.bnd.osgi.Processor;
import aQute.bnd.osgi.Verifier;
import aQute.bnd.osgi.resource.CapReqBuilder;
import aQute.bnd.osgi.resource.ResourceUtils;
import dev.moat.api.subsystem.Subsystem;
import dev.moat.cli.KernelException;
import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.osgi.resource.Requirement;

/**
 * What a kernel shall hold: a file of bndtools. {@code -runrequires} lists what is asked for,
 * {@code -runblacklist} what must not be taken; what else such files tell the tools is read over.
 */
final class Recipe {
    private static final String REQUIRES = "-runrequires";
    private static final String BLACKLIST = "-runblacklist";

    /**
     * Instructions that have a meaning here, also with a name behind them: {@code
     * -runrequires.net}.
     */
    private static final List<String> READ =
            List.of(REQUIRES, BLACKLIST, "-resolve.preferences", "-include");

    /** Instructions about which a kernel of Moat decides by itself. */
    private static final Set<String> READ_OVER =
            Set.of(
                    "-runfw",
                    "-runee",
                    "-runbundles",
                    "-runvm",
                    "-runrepos",
                    "-runproperties",
                    "-runpath",
                    "-runprogramargs",
                    "-resolve.effective",
                    "-resolve",
                    "-standalone",
                    "-runsystempackages",
                    "-runsystemcapabilities",
                    "-runprovidedcapabilities",
                    "-runtrace",
                    "-runframework",
                    "-runstartlevel",
                    "-runjdb",
                    "-distro");

    private final String name;
    private final Processor properties;
    private final List<Requirement> asked;

    private Recipe(String name, Processor properties) {
        this.name = name;
        this.properties = properties;
        this.asked = requirements(REQUIRES);
        if (asked.isEmpty()) {
            throw new KernelException(name + ": asks for nothing: it has no " + REQUIRES);
        }
    }

    /**
     * Reads and checks a file.
     *
     * @throws KernelException naming the file and what is wrong with it
     */
    static Recipe read(Path file) {
        String name = String.valueOf(file.getFileName());
        checkInstructions(file, name);
        var properties = new Processor();
        try {
            properties.setProperties(new File(file.toString()));
        } catch (RuntimeException e) {
            throw new KernelException(name + ": " + firstLine(e.getMessage()), e);
        }
        var recipe = new Recipe(name, properties);
        recipe.requirements(BLACKLIST);
        for (String error : properties.getErrors()) {
            throw new KernelException(name + ": " + firstLine(error));
        }
        for (String warning : properties.getWarnings()) {
            throw new KernelException(name + ": " + firstLine(warning));
        }
        return recipe;
    }

    String name() {
        return name;
    }

    /** The requirements that it lists, in its order. */
    List<Requirement> asked() {
        return asked;
    }

    /** Says whether it forbids a bundle. */
    boolean forbids(Part part) {
        return requirements(BLACKLIST).stream()
                .anyMatch(requirement ->
                        part.capabilities(requirement.getNamespace()).stream()
                                .anyMatch(ResourceUtils.matcher(requirement)));
    }

    /** For bnd's resolver, which reads the instructions itself. */
    Processor properties() {
        return properties;
    }

    private List<Requirement> requirements(String instruction) {
        @Nullable String found = properties.mergeProperties(instruction);
        String text = found == null ? "" : found;
        if (!closesItsQuotes(text)) {
            throw new KernelException(name + ": " + instruction + ": a quote is not closed");
        }
        List<Requirement> requirements;
        try {
            requirements = CapReqBuilder.getRequirementsFrom(new Parameters(text, properties));
        } catch (RuntimeException e) {
            throw new KernelException(
                    name + ": " + instruction + ": " + firstLine(e.getMessage()), e);
        }
        for (Requirement requirement : requirements) {
            check(instruction, requirement);
        }
        return requirements;
    }

    /** Without that a quote would swallow what follows it, also another instruction. */
    private static boolean closesItsQuotes(String text) {
        int quote = 0;
        for (int at = 0; at < text.length(); at++) {
            int character = text.charAt(at);
            if (character == '\\') {
                at++;
            } else if (quote == character) {
                quote = 0;
            } else if (quote == 0 && (character == '\'' || character == '"')) {
                quote = character;
            }
        }
        return quote == 0;
    }

    private void check(String instruction, Requirement requirement) {
        String filter = Words.filter(requirement);
        String namespace = requirement.getNamespace();
        if (filter.isEmpty()) {
            throw new KernelException(
                    "%s: %s: '%s' is no requirement: write %s;filter:='(name=...)' or bnd.identity;id=BUNDLE"
                            .formatted(name, instruction, namespace, Subsystem.NAMESPACE));
        }
        if (!isFilter(filter)) {
            throw new KernelException(
                    "%s: %s: not a filter: %s".formatted(name, instruction, filter));
        }
    }

    private static boolean isFilter(String filter) {
        try {
            return Verifier.verifyFilter(filter, 0) == filter.length();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** A misspelt instruction would be taken for none. */
    private static void checkInstructions(Path file, String name) {
        var entries = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            entries.load(reader);
        } catch (MalformedInputException | IllegalArgumentException e) {
            throw new KernelException(name + ": not a bndrun file", e);
        } catch (IOException e) {
            throw new KernelException("cannot read --from: " + Reasons.of(e), e);
        }
        for (String key : new TreeSet<>(entries.stringPropertyNames())) {
            boolean known =
                    !key.startsWith("-")
                            || READ_OVER.contains(key)
                            || READ.stream()
                                    .anyMatch(
                                            read -> key.equals(read) || key.startsWith(read + "."));
            if (!known) {
                throw new KernelException(
                        "%s: unknown instruction '%s'; %s and %s tell what a kernel holds"
                                .formatted(name, key, REQUIRES, BLACKLIST));
            }
        }
    }

    private static String firstLine(@Nullable String message) {
        return String.valueOf(message).lines().findFirst().orElse("cannot be read");
    }
}
