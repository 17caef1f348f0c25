package dev.moat.loader.vdso;

import java.util.List;

/**
 * Call frame information for functions that never touch the stack pointer: unwinders find the
 * return address on top of the stack. DWARF as .eh_frame has it (LSB, chapter 10).
 */
final class UnwindTable {
    private static final int DW_EH_PE_PCREL_SDATA4 = 0x1b;
    private static final int DW_EH_PE_UDATA4 = 0x03;
    private static final int DW_EH_PE_DATAREL_SDATA4 = 0x3b;
    private static final int DW_CFA_DEF_CFA = 0x0c;
    private static final int DW_CFA_OFFSET_RA = 0x80 | 16;
    private static final int RSP = 7;

    /** Bytes of the CIE: also the offset of the first FDE. */
    private static final int CIE_BYTES = 24;

    private static final int FDE_BYTES = 24;

    private UnwindTable() {}

    /** The section .eh_frame at {@code address}. */
    static byte[] frame(List<VdsoCode.Function> functions, long address, long textAddress) {
        Bytes bytes = new Bytes();
        bytes.u32(CIE_BYTES - 4).u32(0).u8(1).text("zR");
        bytes.u8(
                1,
                0x78,
                16,
                1,
                DW_EH_PE_PCREL_SDATA4); // code align 1, data align -8, return register 16
        bytes.u8(DW_CFA_DEF_CFA, RSP, 8, DW_CFA_OFFSET_RA, 1);
        bytes.align(CIE_BYTES, 0);
        for (VdsoCode.Function function : functions) {
            int start = bytes.length();
            bytes.u32(FDE_BYTES - 4).u32(start + 4);
            bytes.u32((int) (textAddress + function.offset() - (address + bytes.length())));
            bytes.u32(function.lengthBytes()).u8(0);
            bytes.align(8, 0);
        }
        return bytes.u32(0).toArray();
    }

    /** The section .eh_frame_hdr at {@code address}: a binary search table. */
    static byte[] header(
            List<VdsoCode.Function> functions, long address, long frameAddress, long textAddress) {
        Bytes bytes = new Bytes();
        bytes.u8(1, DW_EH_PE_PCREL_SDATA4, DW_EH_PE_UDATA4, DW_EH_PE_DATAREL_SDATA4);
        bytes.u32((int) (frameAddress - (address + 4))).u32(functions.size());
        int fde = CIE_BYTES;
        for (VdsoCode.Function function : functions) {
            bytes.u32((int) (textAddress + function.offset() - address));
            bytes.u32((int) (frameAddress + fde - address));
            fde += FDE_BYTES;
        }
        return bytes.toArray();
    }
}
