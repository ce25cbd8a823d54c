/**
 * Completion in bash (4.3 or later), which needs no other package.
 *
 * @module
 */
import type { Section } from "../command.ts";
import { DEFAULT_COMMAND, type Place, placesOf, spellings, takesOf } from "./offers.ts";

/** The script for the commands of `sections`. */
export function bashCompletions(sections: readonly Section[]): string {
  return `# Completion of dblade in bash. For all users:
#   dblade completions bash > /etc/bash_completion.d/dblade
# For one user, in ~/.bashrc:
#   source <(dblade completions bash)

# What may stand behind the words of a command.
_dblade_place() {
  actions='' options='' takes='' operands=() many=''
  case $1 in
${placesOf(sections).map(placeCase).join("\n")}
  esac
}

${OFFER}
${complete(DEFAULT_COMMAND)}
complete -F _dblade dblade
`;
}

function placeCase({ name, actions, options, operands, many }: Place): string {
  const lines = [
    `actions=${quote(actions.map(({ word }) => word).join(" "))}`,
    `options=${quote(options.flatMap(spellings).join(" "))}`,
    `takes=${quote(takesOf(options).join(" "))}`,
    `operands=(${operands.map(({ offer }) => quote(offer)).join(" ")})`,
    ...(many ? ["many=1"] : []),
  ];
  return `    ${quote(name)})\n      ${lines.join("\n      ")}\n      ;;`;
}

/** A word that bash, and zsh, take as it is. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const OFFER =
  `# Offers what begins with $cur: of one kind ($1), behind what was typed of the same word ($2).
_dblade_offer() {
  local path names=() prefix=$2
  case $1 in
    file | folder)
      compopt -o filenames 2>/dev/null
      if [[ $1 == file ]]; then path=-f; else path=-d; fi
      mapfile -t COMPREPLY < <(compgen "$path" -P "$prefix" -- "$cur")
      ;;
    interface)
      for path in /sys/class/net/*/; do
        path=\${path%/}
        names+=("\${path##*/}")
      done
      [[ $cur == *,* ]] && prefix+=\${cur%,*}, && cur=\${cur##*,}
      mapfile -t COMPREPLY < <(compgen -W "\${names[*]}" -P "$prefix" -- "$cur")
      ;;
    command)
      _dblade_place "$topic"
      mapfile -t COMPREPLY < <(compgen -W "$actions" -- "$cur")
      ;;
    words,*)
      path=\${1#words,}
      mapfile -t COMPREPLY < <(compgen -W "\${path//,/ }" -P "$prefix" -- "$cur")
      ;;
  esac
}
`;

function complete(defaultCommand: string): string {
  return `_dblade() {
  local actions options takes operands many words=() word at cur prefix=''
  local command='' topic='' count=0 skip='' ended=''
  COMPREPLY=()
  # Bash splits words at = and :, too.
  for ((at = 1; at <= COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ \${#words[@]} -gt 0 && ($word == [:=]* || \${COMP_WORDS[at - 1]} == *[:=]) ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  cur=\${words[-1]}
  unset 'words[-1]'
  _dblade_place ''
  for word in "\${words[@]}"; do
    if [[ $skip ]]; then
      skip=''
    elif [[ ! $ended && $word == -- ]]; then
      ended=1
    elif [[ ! $ended && $word == --* ]]; then
      [[ " $takes" == *" $word="* ]] && skip=$word
    elif [[ ! $ended && $word == -?* ]]; then
      # Of several letters only the last can have its value in the next word.
      for ((at = 1; at < \${#word}; at++)); do
        [[ " $takes" == *" -\${word:at:1}="* ]] || continue
        ((at == \${#word} - 1)) && skip=-\${word:at:1}
        break
      done
    elif [[ $count == 0 && " $actions " == *" $word "* ]]; then
      command=\${command:+$command }$word
      _dblade_place "$command"
    else
      [[ $command ]] || { command=${quote(defaultCommand)} && _dblade_place "$command"; }
      topic=\${topic:+$topic }$word
      ((++count))
    fi
  done
  if [[ ! $skip && ! $ended && $cur == --*=* ]]; then
    skip=\${cur%%=*}
    # Where bash does not split there, the offers replace the option, too.
    [[ \${COMP_WORDS[COMP_CWORD]} == "$cur" ]] && prefix=$skip=
    cur=\${cur#*=}
  fi
  if [[ $skip ]]; then
    [[ " $takes" == *" $skip="* ]] || return 0
    word=" $takes"
    word=\${word#*" $skip="}
    _dblade_offer "\${word%% *}" "$prefix"
  elif [[ ! $ended && $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  elif [[ $count == 0 && $actions ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$actions" -- "$cur")
  else
    at=$count
    [[ $many ]] && ((at >= \${#operands[@]})) && ((at = \${#operands[@]} - 1))
    _dblade_offer "\${operands[at]:-none}" ''
  fi
  # What stands before a colon is no part of the word that bash replaces.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    word=\${cur%"\${cur##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$word"}")
  fi
}
`;
}
