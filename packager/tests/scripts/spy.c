#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* One program, two parts.
   As aiwatch.exe: prints its arguments, one bracketed argument a line, a word on stderr, and ends with $SPY_EXIT.
   As start.exe: starts the raw command line of a file and prints the exit code in full. */
static int start(const char *path)
{
    static char line[32768];
    FILE *file = fopen(path, "rb");
    if (!file) return 90;
    line[fread(line, 1, sizeof line - 1, file)] = 0;
    fclose(file);
    STARTUPINFOA startup = { sizeof startup };
    PROCESS_INFORMATION process;
    DWORD code = 0;
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) return 91;
    WaitForSingleObject(process.hProcess, 30000);
    GetExitCodeProcess(process.hProcess, &code);
    printf("EXIT=%ld\n", (long)code);
    return 0;
}

int main(int count, char **arguments)
{
    const char *exit_code = getenv("SPY_EXIT");
    if (count == 3 && !strcmp(arguments[1], "--start")) return start(arguments[2]);
    for (int i = 1; i < count; i++) printf("[%s]\n", arguments[i]);
    fflush(stdout);
    fprintf(stderr, "on stderr\n");
    return exit_code ? atoi(exit_code) : 0;
}
