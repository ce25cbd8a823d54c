/**
 * Completion in fish (3.4 or later).
 *
 * @module
 */
import type { Section } from "../command.ts";
import { DEFAULT_COMMAND, type Place, placesOf, spellings, takesOf } from "./offers.ts";

/** The script for the commands of `sections`. */
export function fishCompletions(sections: readonly Section[]): string {
  return `# Completion of dblade in fish. For one user:
#   dblade completions fish > ~/.config/fish/completions/dblade.fish
# For all users:
#   dblade completions fish > /etc/fish/completions/dblade.fish

# What may stand behind the words of a command.
function __dblade_place --no-scope-shadowing
    set actions
    set options
    set takes
    set operands
    set many
    switch "$argv[1]"
${placesOf(sections).map(placeCase).join("\n")}
    end
end

${OFFER}
${complete(DEFAULT_COMMAND)}
complete -c dblade -f -a '(__dblade)'
`;
}

function placeCase({ name, actions, options, operands, many }: Place): string {
  const told = options.flatMap((option) =>
    spellings(option).map((word) => ({ word, help: option.help }))
  );
  const pair = ({ word, help }: { word: string; help: string }): string =>
    `${quote(word)}\\t${quote(help)}`;
  const lines: readonly (readonly string[])[] = [
    ["actions", ...actions.map(pair)],
    ["options", ...told.map(pair)],
    ["takes", ...takesOf(options).map(quote)],
    ["operands", ...operands.map(({ offer }) => quote(offer))],
    ["many", ...(many ? ["1"] : [])],
  ];
  const sets = lines.filter((words) => words.length > 1).map((words) =>
    `            set ${words.join(" \\\n                ")}`
  );
  return `        case ${quote(name)}\n${sets.join("\n")}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

const OFFER = `# What the option takes, if anything: a kind, as __dblade_offer has it.
function __dblade_value --no-scope-shadowing
    for take in $takes
        set -l pair (string split -m 1 = -- $take)
        test "$pair[1]" = "$argv[1]"; and echo $pair[2]; and return
    end
end

# Offers values of a kind behind what was typed of the same word.
function __dblade_offer --no-scope-shadowing
    set -l prefix $argv[2]
    set -l offers
    switch "$argv[1]"
        case file
            set offers (__fish_complete_path $cur)
        case folder
            set offers (__fish_complete_directories $cur '')
        case interface
            set prefix "$prefix$(string match -r '^.*,' -- $cur)"
            for path in /sys/class/net/*/
                set -a offers (string split / -- $path)[-2]
            end
        case command
            __dblade_place "$topic"
            set offers $actions
        case 'words,*'
            set offers (string split , -- $argv[1])[2..-1]
    end
    for offer in $offers
        printf '%s\\n' $prefix$offer
    end
end
`;

function complete(defaultCommand: string): string {
  return `function __dblade
    set -l actions
    set -l options
    set -l takes
    set -l operands
    set -l many
    set -l words (commandline -opc)
    set -l cur (commandline -ct)
    set -l command ''
    set -l topic ''
    set -l count 0
    set -l skip ''
    set -l ended ''
    __dblade_place ''
    for word in $words[2..-1]
        if test -n "$skip"
            set skip ''
        else if test -z "$ended" -a "x$word" = x--
            set ended 1
        else if test -z "$ended"; and string match -q -- '--*' $word
            test -n "$(__dblade_value $word)"; and set skip $word
        else if test -z "$ended"; and string match -q -- '-?*' $word
            # Of several letters only the last can have its value in the next word.
            set -l letters (string split '' -- (string sub -s 2 -- $word))
            for at in (seq (count $letters))
                test -n "$(__dblade_value -$letters[$at])"; or continue
                test $at = (count $letters); and set skip -$letters[$at]
                break
            end
        else if test $count = 0; and contains -- $word (string replace -r '\\t.*' '' -- $actions)
            set command (string trim -- "$command $word")
            __dblade_place $command
        else
            if test -z "$command"
                set command ${quote(defaultCommand)}
                __dblade_place $command
            end
            set topic (string trim -- "$topic $word")
            set count (math $count + 1)
        end
    end
    if test -n "$skip"
        __dblade_offer "$(__dblade_value $skip)" ''
    else if test -z "$ended"; and string match -q -- '--*=*' $cur
        set skip (string split -m 1 = -- $cur)[1]
        set cur (string split -m 1 = -- $cur)[2]
        __dblade_offer "$(__dblade_value $skip)" $skip=
    else if test -z "$ended"; and string match -q -- '-*' $cur
        printf '%s\\n' $options
    else if test $count = 0 -a -n "$actions"
        printf '%s\\n' $actions
    else
        set -l at (math $count + 1)
        test -n "$many" -a $at -gt (count $operands); and set at (count $operands)
        test $at -ge 1 -a $at -le (count $operands); and __dblade_offer $operands[$at] ''
    end
end
`;
}
