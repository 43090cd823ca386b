// A program's main() as a module exports it: by a jump, because main() may be hidden.
__asm__(
    ".text\n"
    ".globl minusone_main\n"
    ".type minusone_main,@function\n"
    "minusone_main: jmp main\n"
    ".hidden main\n");
