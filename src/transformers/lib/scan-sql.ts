/** A stretch of SQL: code, or what is not read as code (texts, quoted names, comments). */
export interface SqlPiece {
  readonly code: boolean;
  readonly text: string;
}

const STRETCH =
  /[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|--[^\n]*|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)/y;
const WORD = /[A-Za-z_]\w*/y;

/** Splits SQL as DuckDB's lexer does. What is not ended goes to the end. */
export function scanSql(sql: string): SqlPiece[] {
  const pieces: SqlPiece[] = [];
  let code = "";
  for (let at = 0; at < sql.length; ) {
    const opaque = opaqueAt(sql, at);
    if (opaque === "") {
      const plain = matchAt(WORD, sql, at) || (sql[at] as string);
      code += plain;
      at += plain.length;
      continue;
    }
    if (code !== "") pieces.push({ code: true, text: code });
    code = "";
    pieces.push({ code: false, text: opaque });
    at += opaque.length;
  }
  return code === "" ? pieces : [...pieces, { code: true, text: code }];
}

function opaqueAt(sql: string, at: number): string {
  return sql.startsWith("/*", at) ? sql.slice(at, endOfComment(sql, at)) : matchAt(STRETCH, sql, at);
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/** Comments nest. */
function endOfComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; at++) {
    const two = sql.slice(at, at + 2);
    if (two === "/*") depth++;
    else if (two === "*/" && --depth === 0) return at + 2;
    else continue;
    at++;
  }
  return sql.length;
}
