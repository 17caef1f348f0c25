package dev.moat.loader.vdso;

import static dev.moat.abi.ElfConstants.SHN_ABS;
import static dev.moat.abi.ElfConstants.STB_GLOBAL;
import static dev.moat.abi.ElfConstants.STB_WEAK;
import static dev.moat.abi.ElfConstants.STT_FUNC;
import static dev.moat.abi.ElfConstants.STT_OBJECT;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The dynamic symbols of the vDSO in all the forms that look-ups want: symbols, strings, both hash
 * tables and versions. System V gABI, chapter 5; the GNU hash table of binutils and glibc; symbol
 * versions of the LSB.
 */
final class SymbolTable {
    static final String VERSION = "LINUX_2.6";
    static final String SONAME = "linux-vdso.so.1";

    private static final int GNU_BLOOM_SHIFT = 6;
    private static final int FIRST_SYMBOL = 1;
    private static final int VER_FLG_BASE = 1;
    private static final int BASE_VERSION = 1;
    private static final int LINUX_VERSION = 2;

    /**
     * A defined symbol; value is an offset in the text, or 0 for the version's own absolute symbol.
     */
    private record Symbol(String name, int binding, int type, int value, int size) {}

    private final List<Symbol> symbols = new ArrayList<>();
    private final Bytes strings = new Bytes().u8(0);
    private final List<Integer> nameOffsets = new ArrayList<>();
    private final int soname;

    SymbolTable(List<VdsoCode.Function> functions) {
        symbols.add(new Symbol(VERSION, STB_GLOBAL, STT_OBJECT, 0, 0));
        for (VdsoCode.Function function : functions) {
            int size = function.lengthBytes();
            symbols.add(
                    new Symbol(
                            "__vdso_" + function.name(),
                            STB_GLOBAL,
                            STT_FUNC,
                            function.offset(),
                            size));
            symbols.add(new Symbol(function.name(), STB_WEAK, STT_FUNC, function.offset(), size));
        }
        // The GNU hash table wants symbols in the order of their buckets.
        symbols.sort(
                Comparator.comparingInt(
                        symbol -> Integer.remainderUnsigned(gnuHash(symbol.name()), buckets())));
        for (Symbol symbol : symbols) {
            nameOffsets.add(strings.length());
            strings.text(symbol.name());
        }
        soname = strings.length();
        strings.text(SONAME);
    }

    int sonameOffset() {
        return soname;
    }

    byte[] strings() {
        return strings.toArray();
    }

    /** Entries, the null symbol included. */
    int count() {
        return symbols.size() + FIRST_SYMBOL;
    }

    /** {@code Elf64_Sym} entries. */
    byte[] symbols(long textAddress, int textSection) {
        Bytes bytes = new Bytes().u64(0).u64(0).u64(0);
        for (int i = 0; i < symbols.size(); i++) {
            Symbol symbol = symbols.get(i);
            boolean absolute = symbol.type() == STT_OBJECT;
            bytes.u32(nameOffsets.get(i))
                    .u8(symbol.binding() << 4 | symbol.type(), 0)
                    .u16(absolute ? SHN_ABS : textSection)
                    .u64(absolute ? 0 : textAddress + symbol.value())
                    .u64(symbol.size());
        }
        return bytes.toArray();
    }

    /** DT_HASH. */
    byte[] systemVHash() {
        int[] heads = new int[buckets()];
        int[] chains = new int[count()];
        for (int i = symbols.size() - 1; i >= 0; i--) {
            int bucket =
                    Integer.remainderUnsigned(systemVHash(symbols.get(i).name()), heads.length);
            chains[i + FIRST_SYMBOL] = heads[bucket];
            heads[bucket] = i + FIRST_SYMBOL;
        }
        Bytes bytes = new Bytes().u32(heads.length).u32(chains.length);
        for (int head : heads) {
            bytes.u32(head);
        }
        for (int chain : chains) {
            bytes.u32(chain);
        }
        return bytes.toArray();
    }

    /** DT_GNU_HASH, with a Bloom filter of one word. */
    byte[] gnuHash() {
        long bloom = 0;
        int[] heads = new int[buckets()];
        Bytes chains = new Bytes();
        for (int i = 0; i < symbols.size(); i++) {
            int hash = gnuHash(symbols.get(i).name());
            bloom |= 1L << (hash & 63) | 1L << (hash >>> GNU_BLOOM_SHIFT & 63);
            int bucket = Integer.remainderUnsigned(hash, heads.length);
            if (heads[bucket] == 0) {
                heads[bucket] = i + FIRST_SYMBOL;
            }
            boolean last =
                    i + 1 == symbols.size()
                            || Integer.remainderUnsigned(
                                            gnuHash(symbols.get(i + 1).name()), heads.length)
                                    != bucket;
            chains.u32(last ? hash | 1 : hash & ~1);
        }
        Bytes bytes =
                new Bytes()
                        .u32(heads.length)
                        .u32(FIRST_SYMBOL)
                        .u32(1)
                        .u32(GNU_BLOOM_SHIFT)
                        .u64(bloom);
        for (int head : heads) {
            bytes.u32(head);
        }
        return bytes.append(chains.toArray()).toArray();
    }

    /** DT_VERSYM: every symbol has the one version. */
    byte[] versions() {
        Bytes bytes = new Bytes().u16(0);
        for (int i = 0; i < symbols.size(); i++) {
            bytes.u16(LINUX_VERSION);
        }
        return bytes.toArray();
    }

    /** Number of entries in {@link #versionDefinitions}. */
    int versionCount() {
        return LINUX_VERSION;
    }

    /** DT_VERDEF: the file itself, then {@value #VERSION}. */
    byte[] versionDefinitions() {
        Bytes bytes = new Bytes();
        versionDefinition(bytes, VER_FLG_BASE, BASE_VERSION, SONAME, soname, 28);
        versionDefinition(bytes, 0, LINUX_VERSION, VERSION, nameOffset(VERSION), 0);
        return bytes.toArray();
    }

    private static void versionDefinition(
            Bytes bytes, int flags, int index, String name, int nameOffset, int next) {
        bytes.u16(1).u16(flags).u16(index).u16(1).u32(systemVHash(name)).u32(20).u32(next);
        bytes.u32(nameOffset).u32(0); // Elf64_Verdaux
    }

    private int nameOffset(String name) {
        for (int i = 0; i < symbols.size(); i++) {
            if (symbols.get(i).name().equals(name)) {
                return nameOffsets.get(i);
            }
        }
        throw new IllegalStateException(name);
    }

    private int buckets() {
        return 3;
    }

    private static int systemVHash(String name) {
        int hash = 0;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash << 4) + name.charAt(i);
            int high = hash & 0xf0000000;
            hash = (hash ^ high >>> 24) & ~high;
        }
        return hash;
    }

    private static int gnuHash(String name) {
        int hash = 5381;
        for (int i = 0; i < name.length(); i++) {
            hash = hash * 33 + name.charAt(i);
        }
        return hash;
    }
}
