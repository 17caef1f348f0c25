package dev.moat.lib.stub;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The static ELF file that starts a stub: a page of headers, then the code. */
public final class StubElf {
    private static final int PAGE = 4096;

    /** Where the code begins in the file. */
    public static final int CODE_OFFSET = PAGE;

    private StubElf() {}

    /**
     * A file with {@code code} (a whole number of pages), to be loaded at {@code loadAddress}.
     *
     * @param entry offset of the first instruction in the code
     */
    public static byte[] of(byte[] code, long loadAddress, int entry) {
        ByteBuffer file =
                ByteBuffer.allocate(CODE_OFFSET + code.length).order(ByteOrder.LITTLE_ENDIAN);
        // Elf64_Ehdr: little-endian ELFCLASS64, ET_EXEC, EM_X86_64, two program headers behind it
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        file.putShort((short) 2).putShort((short) 62).putInt(1);
        file.putLong(loadAddress + entry).putLong(64).putLong(0);
        file.putInt(0).putShort((short) 64).putShort((short) 56).putShort((short) 2);
        file.putShort((short) 0).putShort((short) 0).putShort((short) 0);
        // PT_LOAD, PF_R | PF_X
        file.putInt(1).putInt(5).putLong(CODE_OFFSET).putLong(loadAddress).putLong(loadAddress);
        file.putLong(code.length).putLong(code.length).putLong(PAGE);
        // PT_GNU_STACK, PF_R | PF_W: without it the host may make every mapping executable
        file.putInt(0x6474e551).putInt(6).putLong(0).putLong(0).putLong(0);
        file.putLong(0).putLong(0).putLong(16);
        file.put(CODE_OFFSET, code);
        return file.array();
    }
}
