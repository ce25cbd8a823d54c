/**
 * Completion in zsh (5.0 or later), by its own _arguments.
 *
 * @module
 */
import type { OptionSpec, Section } from "../command.ts";
import { quote } from "./bash.ts";
import { DEFAULT_COMMAND, offerOf, type Place, placesOf, spellings, type Word } from "./offers.ts";

/** The script for the commands of `sections`. */
export function zshCompletions(sections: readonly Section[]): string {
  return `#compdef dblade
# Completion of dblade in zsh. For all users:
#   dblade completions zsh > /usr/local/share/zsh/site-functions/_dblade
# For one user, in ~/.zshrc below compinit:
#   source <(dblade completions zsh)

# What may stand behind the words of a command.
_dblade_place() {
  # _arguments has arrays of its own, such as actions.
  dblade_words=() dblade_specs=() dblade_valued=()
  case $1 in
${placesOf(sections).map(placeCase).join("\n")}
  esac
}

${complete(DEFAULT_COMMAND)}`;
}

function placeCase({ name, actions, options, operands, many }: Place): string {
  const last = operands.length - 1;
  const operandSpecs = operands.map((operand, at) => {
    const position = many && at === last ? "*" : `${at + 1}`;
    return `${position}:${escape(operand.name)}:${actionOf(operand.offer)}`;
  });
  const commandSpecs = actions.length > 0 ? ["1: :_dblade_commands"] : [];
  const valued = options.filter(({ value }) => value !== undefined).flatMap(spellings);
  const lines = [
    list(
      "dblade_words",
      actions.map(({ word, help }: Word) => `${escape(word)}:${help.replaceAll("\\", "\\\\")}`),
    ),
    list("dblade_specs", [...options.flatMap(optionSpecs), ...commandSpecs, ...operandSpecs]),
    `dblade_valued=(${valued.join(" ")})`,
  ];
  return `    ${quote(name)})\n${lines.map((line) => `      ${line}`).join("\n")}\n      ;;`;
}

function list(name: string, words: readonly string[]): string {
  const lines = words.map((word) => `        ${quote(word)}`);
  return lines.length === 0 ? `${name}=()` : `${name}=(\n${lines.join("\n")}\n      )`;
}

/** One specification of _arguments for each spelling, of which only one may be given. */
function optionSpecs(option: OptionSpec): readonly string[] {
  const { value, help } = option;
  const all = spellings(option);
  const others = all.length > 1 ? `(${all.join(" ")})` : "";
  return all.map((spelling) => {
    if (value === undefined) return `${others}${spelling}[${escape(help)}]`;
    const form = spelling.startsWith("--") ? `${spelling}=` : `${spelling}+`;
    return `${others}${form}[${escape(help)}]:${escape(value)}:${actionOf(offerOf(value, option))}`;
  });
}

function actionOf(offer: string): string {
  const [kind, ...words] = offer.split(",");
  switch (kind) {
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "interface":
      return "_dblade_interfaces";
    case "command":
      return "_dblade_topics";
    case "words":
      return `(${words.join(" ")})`;
    default:
      return " ";
  }
}

/** Text in a specification, where brackets and colons have a meaning. */
function escape(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, "\\$&");
}

function complete(defaultCommand: string): string {
  return `_dblade_commands() {
  _describe -t commands command dblade_words
}

# Words of commands, behind those that are there already.
_dblade_topics() {
  local -a dblade_words dblade_specs dblade_valued
  _dblade_place "\${(j: :)words[2,CURRENT-1]}"
  (( $#dblade_words )) && _dblade_commands
}

_dblade_interfaces() {
  local -a names=(/sys/class/net/*(N-/:t))
  compset -P '*,'
  compadd -S '' -a names
}

_dblade() {
  local -a dblade_words dblade_specs dblade_valued
  local command='' at=2 curcontext=$curcontext
  _dblade_place ''
  # The words of the command are taken out: what is left are its options and operands.
  while (( at < CURRENT )); do
    if [[ $words[at] == -* ]]; then
      (( $dblade_valued[(Ie)$words[at]] )) && (( at++ ))
      (( at++ ))
    elif (( $dblade_words[(I)\${(b)words[at]}:*] )); then
      command=\${command:+$command }$words[at]
      words[at]=()
      (( CURRENT-- ))
      _dblade_place $command
    else
      [[ -z $command ]] && _dblade_place ${quote(defaultCommand)}
      break
    fi
  done
  _arguments -s -S : $dblade_specs
}

if [[ $funcstack[1] == _dblade ]]; then
  _dblade "$@"
else
  compdef _dblade dblade
fi
`;
}
