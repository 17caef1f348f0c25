package dev.moat.platform.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryUseTest {
    @ParameterizedTest
    @CsvSource({
        "488b042500006000, READS", // mov rax, [m]
        "48890425, WRITES", // mov [m], rax
        "c60001, WRITES", // mov byte [rax], 1
        "833800, READS", // cmp dword [rax], 0
        "830001, WRITES", // add dword [rax], 1
        "4803, READS", // add rax, [..]
        "4801, WRITES", // add [..], rax
        "4839, READS", // cmp [..], rax
        "f3a4, COPIES", // rep movsb
        "f348ab, WRITES", // rep stosq
        "55, WRITES", // push rbp
        "5d, READS", // pop rbp
        "ff30, PUSHES_MEMORY", // push [rax]
        "ffd0, WRITES", // call rax
        "ff10, PUSHES_MEMORY", // call [rax]
        "ff20, READS", // jmp [rax]
        "f0480fb10f, WRITES", // lock cmpxchg [rdi], rcx
        "0f1100, WRITES", // movups [rax], xmm0
        "0f1000, READS", // movups xmm0, [rax]
        "f30f6f06, READS", // movdqu xmm0, [rsi]
        "f30f7f07, WRITES", // movdqu [rdi], xmm0
        "660f7e07, WRITES", // movd [rdi], xmm0
        "f30f7e07, READS", // movq xmm0, [rdi]
        "c5fe6f06, READS", // vmovdqu ymm0, [rsi]
        "c5fe7f07, WRITES", // vmovdqu [rdi], ymm0
        "c5fd7407, READS", // vpcmpeqb ymm0, ymm0, [rdi]
        "c4e27d8e07, WRITES", // vpmaskmovd [rdi], ymm0, ymm0
        "62f1fe486f06, READS", // vmovdqu64 zmm0, [rsi]
        "62f1fe487f07, WRITES", // vmovdqu64 [rdi], zmm0
        "0fb606, READS", // movzx eax, byte [rsi]
        "0fae07, WRITES", // fxsave [rdi]
        "0fc7642440, NOT_SURE", // xsavec
        "d917, WRITES", // fst dword [rdi]
        "dd07, READS", // fld qword [rdi]
        "64488b042500000000, READS", // mov rax, fs:[0]
    })
    void use_ofInstruction(String code, MemoryUse expected) {
        byte[] bytes = Arrays.copyOf(HexFormat.of().parseHex(code), 16);
        assertEquals(expected, MemoryUse.of(Instruction.parse(bytes)));
    }

    @Test
    void parser_isTotal() {
        Random random = new Random(7);
        byte[] bytes = new byte[16];
        for (int i = 0; i < 200_000; i++) {
            random.nextBytes(bytes);
            MemoryUse.of(Instruction.parse(bytes));
        }
        Arrays.fill(bytes, (byte) 0x66);
        MemoryUse.of(Instruction.parse(bytes));
        bytes[10] = 0x62;
        MemoryUse.of(Instruction.parse(bytes));
    }
}
