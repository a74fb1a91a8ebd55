/* SPDX-License-Identifier: MIT */
/* Bytes as the page holds them: base64, deflated; and the numbers in them (trace/wire_number.h). */
'use strict';

function bytesOfBase64(text) {
    if (Uint8Array.fromBase64)
        return Uint8Array.fromBase64(text);

    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);

    for (let i = 0; i < binary.length; i++)
        bytes[i] = binary.charCodeAt(i);
    return bytes;
}

async function inflate(text) {
    const stream = new Blob([bytesOfBase64(text)]).stream()
        .pipeThrough(new DecompressionStream('deflate'));

    return new Uint8Array(await new Response(stream).arrayBuffer());
}

/* Reads numbers of seven bits a byte, the lowest first. */
class ByteReader {
    constructor(bytes, at = 0, end = bytes.length) {
        this.bytes = bytes;
        this.at = at;
        this.end = end;
    }

    get more() {
        return this.at < this.end;
    }

    byte() {
        return this.bytes[this.at++];
    }

    /* As a double: exact up to 2^53. */
    number() {
        let value = 0, scale = 1, byte;

        do {
            byte = this.bytes[this.at++];
            value += (byte & 127) * scale;
            scale *= 128;
        } while (byte & 128);
        return value;
    }

    bigNumber() {
        let value = 0n, shift = 0n, byte;

        do {
            byte = this.bytes[this.at++];
            value |= BigInt(byte & 127) << shift;
            shift += 7n;
        } while (byte & 128);
        return value;
    }

    /* A number that stands for a signed one. */
    difference() {
        const n = this.number();

        return n % 2 ? -(n + 1) / 2 : n / 2;
    }

    bigDifference() {
        const n = this.bigNumber();

        return n & 1n ? -((n + 1n) >> 1n) : n >> 1n;
    }

    skip() {
        while (this.bytes[this.at++] & 128)
            ;
    }
}
