; First sector of the disk that iPXE boots in tests/e2e/ipxe_test.ts. It does what the test tells it
; over the serial port, a letter a command, through the BIOS's disk calls, which iPXE answers by
; AoE. It drives the port itself, so that nothing depends on where the BIOS has its console.
;
; The test defines TEXT, where it put a text, SPARE, where nothing is, END, the size of the disk,
; and COUNT, the length of the text; all in sectors.

bits 16
org 0x7c00

DATA equ 0x3f8                  ; registers of the first serial port
LINE_STATUS equ DATA + 5
RECEIVED equ 1                  ; bits of the line status
CAN_SEND equ 0x20

READ equ 0x42                   ; functions of int 13h
WRITE equ 0x43

SIZE equ COUNT * 512
TEXT_READ equ 0x8000            ; memory: the text as it was read first,
MADE equ TEXT_READ + SIZE       ; what is made of it and written,
CHECK equ MADE + SIZE           ; and what is read to be compared

start:
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  cld
  mov [drive], dl
  mov si, ready
  call print

command:                        ; each begins with an empty stack, as errors jump here
  mov sp, 0x7c00
.wait:
  call received
  jnz .received
  sti
  hlt                           ; until the next tick of the clock
  jmp .wait
.received:
  mov dx, DATA
  in al, dx
  cmp al, 'r'
  je read_text
  cmp al, 'w'
  je write_and_compare
  cmp al, 'e'
  je read_past_end
  cmp al, 'l'
  je read_on
  jmp command

read_text:                      ; r: reads the text and prints it
  mov bx, TEXT_READ
  call read_text_to
  mov si, TEXT_READ
  mov cx, SIZE
.next:
  lodsb
  call send
  loop .next
  jmp done

write_and_compare:              ; w: writes letters of the other case, and reads them back
  mov si, TEXT_READ
  mov di, MADE
  mov cx, SIZE
.next:
  lodsb
  xor al, 0x20
  stosb
  loop .next
  mov ah, WRITE
  mov bx, MADE
  mov edi, SPARE
  mov cx, COUNT
  call disk
  mov ah, READ
  mov bx, CHECK
  mov edi, SPARE
  mov cx, COUNT
  call disk
  mov si, MADE
  call compare
  jmp done

read_past_end:                  ; e: reads the last sector and the one after it
  mov ah, READ
  mov bx, CHECK
  mov edi, END - 1
  mov cx, 2
  call disk
  jmp done

read_on:                        ; l: reads the text until a letter comes, with a dot now and then
  mov bp, 256
.next:
  mov bx, CHECK
  call read_text_to
  mov si, TEXT_READ
  call compare
  call received
  jnz done
  dec bp
  jnz .next
  mov al, '.'
  call send
  jmp read_on

done:
  mov si, ended
  call print
  jmp command

received:                       ; tells by the zero flag that nothing was received
  mov dx, LINE_STATUS
  in al, dx
  test al, RECEIVED
  ret

send:                           ; sends AL
  push ax
.wait:
  mov dx, LINE_STATUS
  in al, dx
  test al, CAN_SEND
  jz .wait
  pop ax
  mov dx, DATA
  out dx, al
  ret

print:                          ; sends the text at SI
  lodsb
  test al, al
  jz .end
  call send
  jmp print
.end:
  ret

read_text_to:                   ; reads the text to BX
  mov ah, READ
  mov edi, TEXT
  mov cx, COUNT

disk:                           ; function AH for CX sectors from EDI on, at BX
  mov [sectors], cx
  mov [memory], bx
  mov [first], edi
  mov al, 0
  mov dl, [drive]
  mov si, packet
  int 0x13
  jc failed
  ret

failed:                         ; prints the status AH
  push ax
  mov si, error
  call print
  pop ax
  mov al, ah
  push ax
  shr al, 4
  call digit
  pop ax
  and al, 15
  call digit
  jmp done

compare:                        ; holds the text at SI against that at CHECK
  mov di, CHECK
  mov cx, SIZE / 2
  repe cmpsw
  je .end
  mov si, differs
  call print
  jmp done
.end:
  ret

digit:
  cmp al, 10
  sbb al, 0x69                  ; makes 0 to 9 and A to F of 0 to 15
  das
  jmp send

ready: db "boot sector runs", 10, 0
ended: db 10, "done", 10, 0
error: db "error ", 0
differs: db "the data differs", 0

align 4
packet:
  db 16, 0
sectors: dw 0
memory: dw 0, 0
first: dd 0, 0
drive: db 0

times 510 - ($ - $$) db 0
dw 0xaa55
