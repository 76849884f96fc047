/*
 * fuzz_target: what each tests/fuzz/fuzz_X.c defines.
 *
 * It gives the bytes to the code under test, checks what must hold whatever they are, and returns 0. Seeds lie in
 * tests/corpus/X/, words for the fuzzer in tests/fuzz/X.dict. With DUIZHANG_FUZZ the target is a libFuzzer program;
 * in every build it is also a test over its seeds (corpus_main.c).
 */
#ifndef DUIZHANG_TESTS_FUZZ_FUZZ_TARGET_H
#define DUIZHANG_TESTS_FUZZ_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
