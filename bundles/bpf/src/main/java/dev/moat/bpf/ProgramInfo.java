package dev.moat.bpf;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * {@code struct bpf_prog_info}, without what there is of compiled programs, maps and types.
 *
 * @param tag hexadecimal
 * @param translatedBytes length of the instructions; when read, room for them
 * @param translatedAddr guest address where they go
 * @param loadTimeNs on the boottime clock
 * @param tags how many functions it has; when read, room for their tags
 * @param tagsAddr guest address where the tags go
 * @see <a href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a>
 */
record ProgramInfo(
        int type,
        int id,
        String tag,
        int translatedBytes,
        long translatedAddr,
        long loadTimeNs,
        int createdByUid,
        String name,
        boolean gplCompatible,
        int tags,
        long tagsAddr,
        int verifiedInstructions) {
    private static final int TAG_BYTES = 8;
    private static final int NAME_BYTES = 16;

    /** {@code struct bpf_func_info}, {@code struct bpf_line_info}. */
    private static final int FUNCTION_RECORD_BYTES = 8;

    private static final int LINE_RECORD_BYTES = 16;
    private static final int COMPILED_LINE_BYTES = 8;

    /** The layout; names and order as in C. */
    static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("type"),
                            JAVA_INT.withName("id"),
                            sequenceLayout(TAG_BYTES, JAVA_BYTE).withName("tag"),
                            JAVA_INT.withName("jited_prog_len"),
                            JAVA_INT.withName("xlated_prog_len"),
                            JAVA_LONG.withName("jited_prog_insns"),
                            JAVA_LONG.withName("xlated_prog_insns"),
                            JAVA_LONG.withName("load_time"),
                            JAVA_INT.withName("created_by_uid"),
                            JAVA_INT.withName("nr_map_ids"),
                            JAVA_LONG.withName("map_ids"),
                            sequenceLayout(NAME_BYTES, JAVA_BYTE).withName("name"),
                            JAVA_INT.withName("ifindex"),
                            // a field of one bit: gpl_compatible
                            paddingLayout(4),
                            JAVA_LONG.withName("netns_dev"),
                            JAVA_LONG.withName("netns_ino"),
                            JAVA_INT.withName("nr_jited_ksyms"),
                            JAVA_INT.withName("nr_jited_func_lens"),
                            JAVA_LONG.withName("jited_ksyms"),
                            JAVA_LONG.withName("jited_func_lens"),
                            JAVA_INT.withName("btf_id"),
                            JAVA_INT.withName("func_info_rec_size"),
                            JAVA_LONG.withName("func_info"),
                            JAVA_INT.withName("nr_func_info"),
                            JAVA_INT.withName("nr_line_info"),
                            JAVA_LONG.withName("line_info"),
                            JAVA_LONG.withName("jited_line_info"),
                            JAVA_INT.withName("nr_jited_line_info"),
                            JAVA_INT.withName("line_info_rec_size"),
                            JAVA_INT.withName("jited_line_info_rec_size"),
                            JAVA_INT.withName("nr_prog_tags"),
                            JAVA_LONG.withName("prog_tags"),
                            JAVA_LONG.withName("run_time_ns"),
                            JAVA_LONG.withName("run_cnt"),
                            JAVA_LONG.withName("recursion_misses"),
                            JAVA_INT.withName("verified_insns"),
                            JAVA_INT.withName("attach_btf_obj_id"),
                            JAVA_INT.withName("attach_btf_id"),
                            paddingLayout(4))
                    .withName("struct bpf_prog_info");

    /** Size in bytes. */
    static final long SIZE = LAYOUT.byteSize();

    private static final long TYPE = offset("type");
    private static final long ID = offset("id");
    private static final long TAG = offset("tag");
    private static final long XLATED_PROG_LEN = offset("xlated_prog_len");
    private static final long XLATED_PROG_INSNS = offset("xlated_prog_insns");
    private static final long LOAD_TIME = offset("load_time");
    private static final long CREATED_BY_UID = offset("created_by_uid");
    private static final long NAME = offset("name");
    private static final long GPL_COMPATIBLE = offset("ifindex") + 4;
    private static final long FUNC_INFO_REC_SIZE = offset("func_info_rec_size");
    private static final long LINE_INFO_REC_SIZE = offset("line_info_rec_size");
    private static final long JITED_LINE_INFO_REC_SIZE = offset("jited_line_info_rec_size");
    private static final long NR_PROG_TAGS = offset("nr_prog_tags");
    private static final long PROG_TAGS = offset("prog_tags");
    private static final long VERIFIED_INSNS = offset("verified_insns");

    /** Reads what the caller asks for; names are not among it. */
    static ProgramInfo readFrom(MemorySegment segment, long at) {
        byte[] tag = segment.asSlice(at + TAG, TAG_BYTES).toArray(JAVA_BYTE);
        return new ProgramInfo(
                segment.get(JAVA_INT_UNALIGNED, at + TYPE),
                segment.get(JAVA_INT_UNALIGNED, at + ID),
                HexFormat.of().formatHex(tag),
                segment.get(JAVA_INT_UNALIGNED, at + XLATED_PROG_LEN),
                segment.get(JAVA_LONG_UNALIGNED, at + XLATED_PROG_INSNS),
                segment.get(JAVA_LONG_UNALIGNED, at + LOAD_TIME),
                segment.get(JAVA_INT_UNALIGNED, at + CREATED_BY_UID),
                "",
                (segment.get(JAVA_BYTE, at + GPL_COMPATIBLE) & 1) != 0,
                segment.get(JAVA_INT_UNALIGNED, at + NR_PROG_TAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + PROG_TAGS),
                segment.get(JAVA_INT_UNALIGNED, at + VERIFIED_INSNS));
    }

    /**
     * Writes the struct to {@code at}; what it has no component for becomes 0, but for the sizes of
     * records, which are always told.
     */
    void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_INT_UNALIGNED, at + TYPE, type);
        segment.set(JAVA_INT_UNALIGNED, at + ID, id);
        byte[] tagBytes = HexFormat.of().parseHex(tag);
        MemorySegment.copy(tagBytes, 0, segment, JAVA_BYTE, at + TAG, TAG_BYTES);
        segment.set(JAVA_INT_UNALIGNED, at + XLATED_PROG_LEN, translatedBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + XLATED_PROG_INSNS, translatedAddr);
        segment.set(JAVA_LONG_UNALIGNED, at + LOAD_TIME, loadTimeNs);
        segment.set(JAVA_INT_UNALIGNED, at + CREATED_BY_UID, createdByUid);
        byte[] nameBytes = name.getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment.copy(nameBytes, 0, segment, JAVA_BYTE, at + NAME, nameBytes.length);
        segment.set(JAVA_BYTE, at + GPL_COMPATIBLE, (byte) (gplCompatible ? 1 : 0));
        segment.set(JAVA_INT_UNALIGNED, at + FUNC_INFO_REC_SIZE, FUNCTION_RECORD_BYTES);
        segment.set(JAVA_INT_UNALIGNED, at + LINE_INFO_REC_SIZE, LINE_RECORD_BYTES);
        segment.set(JAVA_INT_UNALIGNED, at + JITED_LINE_INFO_REC_SIZE, COMPILED_LINE_BYTES);
        segment.set(JAVA_INT_UNALIGNED, at + NR_PROG_TAGS, tags);
        segment.set(JAVA_LONG_UNALIGNED, at + PROG_TAGS, tagsAddr);
        segment.set(JAVA_INT_UNALIGNED, at + VERIFIED_INSNS, verifiedInstructions);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
