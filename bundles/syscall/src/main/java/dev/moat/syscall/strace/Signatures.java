package dev.moat.syscall.strace;

import dev.moat.abi.SyscallNumbers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The signatures of all system calls by number. */
final class Signatures {
    private static final String UNKNOWN = "(hex, hex, hex, hex, hex, hex)";

    private final Map<String, Signature> byName = new HashMap<>();
    private final Kinds kinds = new Kinds();

    Signatures() {
        for (String family :
                List.of(
                        FileSignatures.TEXT,
                        EventSignatures.TEXT,
                        MemorySignatures.TEXT,
                        ProcessSignatures.TEXT,
                        SystemSignatures.TEXT)) {
            family.lines().forEach(this::add);
        }
    }

    /** The signature of {@code number}; six words for one that nobody knows. */
    Signature of(int number) {
        String name = SyscallNumbers.name(number);
        Signature signature = byName.get(name);
        return signature != null ? signature : Signature.parse(name + UNKNOWN, kinds);
    }

    /** Whether {@code name} has a signature of its own. */
    boolean knows(String name) {
        return byName.containsKey(name);
    }

    /** Names with a signature, for the test that there is no other. */
    Iterable<String> names() {
        return byName.keySet();
    }

    private void add(String line) {
        Signature signature = Signature.parse(line, kinds);
        if (byName.put(signature.name(), signature) != null) {
            throw new IllegalArgumentException("two signatures of " + signature.name());
        }
    }
}
