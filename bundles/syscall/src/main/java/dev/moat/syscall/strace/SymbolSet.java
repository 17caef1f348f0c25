package dev.moat.syscall.strace;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The names of a flag word or of a number, taken from the constants of an abi class: one field of
 * the word may be a number (the access mode of open(2)), the other bits are flags.
 */
final class SymbolSet {
    private record Symbol(long value, String name) {}

    /** Bits that hold a number; all of them for an enumeration, none for pure flags. */
    private final long choiceMask;

    private final List<Symbol> choices = new ArrayList<>();
    private final List<Symbol> flags = new ArrayList<>();

    private SymbolSet(long choiceMask) {
        this.choiceMask = choiceMask;
    }

    /** Names of a number. */
    static SymbolSet choice(Class<?> constants, String prefix) {
        return of(constants, prefix, -1L, "");
    }

    /** Names of flags. */
    static SymbolSet flags(Class<?> constants, String prefix) {
        return of(constants, prefix, 0, "");
    }

    /**
     * Names of a word.
     *
     * @param prefix what the constants begin with
     * @param choiceMask bits that hold a number
     * @param without names to leave out (masks, aliases), separated by blanks
     */
    static SymbolSet of(Class<?> constants, String prefix, long choiceMask, String without) {
        SymbolSet set = new SymbolSet(choiceMask);
        Set<String> excluded = Set.of(("- " + without).strip().split(" "));
        Set<Long> seen = new HashSet<>();
        for (Field field : constants.getDeclaredFields()) {
            if (isConstant(field)
                    && field.getName().startsWith(prefix)
                    && !excluded.contains(field.getName())) {
                Symbol symbol = new Symbol(value(field), field.getName());
                if (seen.add(symbol.value())) {
                    (set.isChoice(symbol) ? set.choices : set.flags).add(symbol);
                }
            }
        }
        set.flags.sort(Comparator.comparing(symbol -> Long.bitCount(symbol.value()) == 1));
        return set;
    }

    void print(StringBuilder out, long word) {
        int start = out.length();
        long rest = word & ~choiceMask;
        long number = word & choiceMask;
        if (choiceMask != 0
                && !appendName(out, choices, number)
                && (number != 0 || choiceMask == -1)) {
            appendNumber(out, start, number);
        }
        for (Symbol flag : flags) {
            if (flag.value() != 0 && (rest & flag.value()) == flag.value()) {
                rest &= ~flag.value();
                separate(out, start).append(flag.name());
            }
        }
        if (rest != 0) {
            appendNumber(out, start, rest);
        }
        if (out.length() == start && !appendName(out, flags, 0)) {
            out.append('0');
        }
    }

    private static boolean appendName(StringBuilder out, List<Symbol> symbols, long value) {
        for (Symbol symbol : symbols) {
            if (symbol.value() == value) {
                out.append(symbol.name());
                return true;
            }
        }
        return false;
    }

    private static void appendNumber(StringBuilder out, int start, long value) {
        Text.hex(separate(out, start), value);
    }

    private static StringBuilder separate(StringBuilder out, int start) {
        return out.length() == start ? out : out.append('|');
    }

    private boolean isChoice(Symbol symbol) {
        return choiceMask != 0 && (symbol.value() & ~choiceMask) == 0;
    }

    private static boolean isConstant(Field field) {
        int modifiers = field.getModifiers();
        return Modifier.isStatic(modifiers)
                && Modifier.isPublic(modifiers)
                && (field.getType() == int.class || field.getType() == long.class);
    }

    private static long value(Field field) {
        try {
            return field.getType() == int.class
                    ? Integer.toUnsignedLong(field.getInt(null))
                    : field.getLong(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
