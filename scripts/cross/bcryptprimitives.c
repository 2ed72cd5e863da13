/* For tests only: wine before 9 has no bcryptprimitives.dll, and Rust's standard library asks it for random bytes
   at start. This one passes the question on to advapi32, as Windows' own documentation of SystemFunction036
   (RtlGenRandom) allows. */
typedef unsigned char u8;
typedef unsigned long u32;
typedef unsigned long long usize;

__declspec(dllimport) u8 __stdcall SystemFunction036(void *buffer, u32 length);

__declspec(dllexport) int __stdcall ProcessPrng(u8 *buffer, usize length) {
    const usize most = 0x10000000;
    while (length) {
        u32 part = (u32)(length > most ? most : length);
        if (!SystemFunction036(buffer, part)) return 0;
        buffer += part;
        length -= part;
    }
    return 1;
}
